# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn steps of demonstrations into training samples.

Shape suffixes: E episodes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
import torch
from torch import Tensor

from genvla_command.end_effector_action import ACTION_DIM
from genvla_policy.action_text.beginning import beginning
from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.action_text.state_text import StateText
from genvla_policy.images.pixels import to_pixels
from genvla_policy.images.resize import crop_center
from genvla_policy.models.answer_grammar import build_grammar
from genvla_policy.models.batch import Sample
from genvla_policy.models.config import VLAConfig
from genvla_policy.text.instruction import normalize_instruction
from genvla_policy.text.tokenizer import TextTokenizer
from genvla_training.data.augmentation import RobotAugmentation, augment_image
from genvla_training.data.episode import BadData, Episode, Image, RobotDataset
from genvla_training.data.paraphrases import paraphrase
from genvla_training.data.strayed_chunk import strayed_chunk


class RobotSamples:
    """A source of steps in the form that the policy meets: same prompt, pictures and numbers.

    Attributes:
        name: Name of the data set.
        lengths_E: Steps of each episode.
    """

    def __init__(
        self,
        dataset: RobotDataset,
        episodes_E: NDArray[np.int64],
        *,
        config: VLAConfig,
        tokenizer: TextTokenizer,
        normalizer: ActionNormalizer,
        augmentation: RobotAugmentation | None = None,
        state_text: StateText | None = None,
    ) -> None:
        """Choose the episodes and how to encode their steps.

        Args:
            dataset: The demonstrations.
            episodes_E: Indices of the episodes to use.
            config: Configuration of the model.
            tokenizer: Tokenizer of the model.
            normalizer: Converts SI units to the numbers that the model writes.
            augmentation: Random changes to the samples. None: no augmentation.
            state_text: Writes the states, if the model reads them.

        Raises:
            ValueError: The tokenizer cannot write the action format.
        """
        self.name = dataset.name
        self.lengths_E: NDArray[np.int64] = dataset.lengths_E[episodes_E]
        self._dataset, self._episodes_E = dataset, episodes_E
        self._config, self._tokenizer, self._normalizer = config, tokenizer, normalizer
        self._augmentation = augmentation or RobotAugmentation()
        self._state_text = state_text
        self._bos_id = tokenizer.special_id('bos')
        self._grammar = None
        if config.action_head != 'flow':
            self._grammar = build_grammar(config, tokenizer, normalizer.signed)

    def read(self, item: int) -> Episode:
        """Read one of the chosen episodes.

        Raises:
            BadData: The episode cannot be trained on.
        """
        return self._dataset.read(int(self._episodes_E[item]))

    def sample(self, episode: Episode, step: int, rng: Generator) -> Sample:
        """Return the sample of one step.

        Args:
            episode: The demonstration.
            step: Step in [0, T). Beyond the end of the episode, a chunk stays still with the last
                gripper opening. A head that writes its actions is trained on these; a flow head is
                trained only on the recorded actions.
            rng: Source of randomness for the augmentation.

        Raises:
            BadData: The number of pictures differs from the model's cameras, the instruction is
                blank, or the continuations are shorter than the model's horizon.
        """
        frames = episode.frames[step]
        if len(frames) != self._config.num_cameras:
            raise BadData(
                f'{episode.source}: the data has {len(frames)} images per step, but the model has '
                f'num_cameras = {self._config.num_cameras}; set `cameras` of the data set'
            )
        horizon, continuations_THA = self._config.horizon, episode.continuations_THA
        if continuations_THA is not None and continuations_THA.shape[1] < horizon:
            raise BadData(
                f'{episode.source}: the demonstration was made for horizon '
                f'{continuations_THA.shape[1]}, but the model has horizon {horizon}; make the '
                f'demonstrations again with --horizon {horizon}'
            )
        instruction = normalize_instruction(episode.instruction)
        if not instruction:
            raise BadData(
                f'{episode.source}: the instruction {episode.instruction!r} is blank; skip the '
                'episode (data.skip_bad)'
            )
        if self._augmentation.instructions:
            instruction = paraphrase(instruction, rng)
        state = ''
        if self._state_text is not None:
            assert episode.states_TS is not None, 'the data set was opened without states'
            state = self._state_text.write(episode.states_TS[step])
        prompt = self._config.prompt(instruction, state)
        prompt_ids = [self._bos_id, *self._tokenizer.encode(prompt)]
        pixels_NCSS = torch.stack([self._pixels(frame, rng) for frame in frames])
        num_begun = self._num_begun(len(episode.actions_TA) - step, rng)
        if num_begun and rng.random() < self._augmentation.strayed_share:
            expert_HA = chunk(episode, step, horizon)
            actions = strayed_chunk(expert_HA, num_begun, self._normalizer, rng)
        else:
            actions = chunk(episode, step, horizon, num_begun)
        values_HA = self._normalizer.normalize(actions)
        if self._grammar is None:
            actions_HA = torch.from_numpy(values_HA).float()
            return Sample(
                pixels_NCSS,
                prompt_ids,
                [False] * len(prompt_ids),
                actions_HA,
                num_actions=min(len(episode.actions_TA) - step, horizon),
            )
        answer_ids = self._grammar.encode(self._grammar.text_format.encode(values_HA))
        num_given = 0
        if num_begun:
            num_given = len(beginning(self._grammar, values_HA[:num_begun]).token_ids)
        num_learnt = num_begun + 1
        if num_learnt < horizon and rng.random() < self._augmentation.short_share:
            learnt = beginning(self._grammar, values_HA[:num_learnt])
            answer_ids = answer_ids[: len(learnt.token_ids)]
        sample = Sample.of_answer(pixels_NCSS, prompt_ids, answer_ids, num_given=num_given)
        if not (share := self._augmentation.masked_action_share):
            return sample
        is_hidden = np.array(sample.is_target) & (rng.random(len(sample.token_ids)) < share)
        return replace(sample, is_hidden=is_hidden.tolist())

    def _num_begun(self, num_left: int, rng: Generator) -> int:
        """Return the number of given actions, which leaves at least one to the model."""
        most = min(self._config.horizon, num_left) - 1
        share = self._augmentation.begun_share
        if self._grammar is None or most < 1 or not rng.random() < share:
            return 0
        # Log-uniform: a policy is usually fast, so it is usually given few actions.
        return int((most + 1) ** rng.random())

    def _pixels(self, frame: Image, rng: Generator) -> Tensor:
        image = self._config.picture_fit.whole(frame)
        if self._augmentation.images:
            return to_pixels(augment_image(image, rng))
        return to_pixels(crop_center(image, self._config.center_crop))


def chunk(episode: Episode, step: int, horizon: int, num_begun: int = 0) -> NDArray[np.float64]:
    """Return the (H, 7) actions from a step on; beyond the end of the data nothing moves.

    Args:
        episode: The demonstration.
        step: Step of the picture, in [0, T).
        horizon: Number of actions, H.
        num_begun: Number of leading actions that are those executed; the others continue from
            there. Below T - step and H.
    """
    start = step + num_begun
    if episode.continuations_THA is None:
        following = episode.actions_TA[start:]
    else:
        following = episode.continuations_THA[start]
    executed_TA = episode.actions_TA if episode.executed_TA is None else episode.executed_TA
    actions_HA = np.concatenate([executed_TA[step:start], following])[:horizon]
    still = np.zeros(ACTION_DIM)
    still[6] = actions_HA[-1, 6]
    return np.concatenate([actions_HA, np.tile(still, (horizon - len(actions_HA), 1))])
