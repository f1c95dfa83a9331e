# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pi0 family with its own head: transformers' PI0, an action expert trained by flow matching.

Shape suffixes: B samples, L tokens of a sequence, H horizon, A action dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
import copy
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn
from transformers import (
    DynamicCache,
    PaliGemmaModel,
    PI0Config,
    PI0ForConditionalGeneration,
    PreTrainedModel,
)

from genvla_policy.models.batch import Batch
from genvla_policy.models.pi0 import Pi0, paligemma_config
from genvla_policy.models.slot_cache import SlotCache
from genvla_policy.models.vla import Loss
from genvla_policy.text.tokenizer import TextTokenizer


class Pi0Flow(Pi0):
    """PaliGemma with an action expert that reads its keys and values, to turn noise into actions.

    The state token, where pi0 reads the joints, gets zeros: every system here gets the same
    observation, images and an instruction. Positions count from 0, as in pi0. The language head is
    still that of PaliGemma, and co-training trains it.

    Source: transformers' models/pi0; arXiv 2410.24164, equations 1 to 3.

    Attributes:
        network: transformers' PI0ForConditionalGeneration.
    """

    first_position = 0

    def _build(self, tokenizer: TextTokenizer) -> PreTrainedModel:
        config, expert = self.config, self.config.dimensions.expert
        assert expert is not None, 'VLAConfig rejects a flow head without an expert'
        paligemma = paligemma_config(config, tokenizer)
        gemma = paligemma.text_config
        network = PI0ForConditionalGeneration(
            PI0Config(
                vlm_config=paligemma,
                dit_config={
                    'model_type': 'gemma',
                    'hidden_size': expert.width,
                    'intermediate_size': expert.mlp_width,
                    'num_hidden_layers': gemma.num_hidden_layers,
                    'num_attention_heads': gemma.num_attention_heads,
                    'num_key_value_heads': gemma.num_key_value_heads,
                    'head_dim': gemma.head_dim,
                    'max_position_embeddings': gemma.max_position_embeddings,
                    'initializer_range': expert.width**-0.5,
                },
                chunk_size=config.horizon,
                max_state_dim=config.action_dim,
                max_action_dim=config.action_dim,
                num_inference_steps=expert.num_steps,
                loss_reduction='none',
            )
        )
        # The expert reads actions, never tokens.
        network.model.dit.embed_tokens = None
        return network

    def random_expert(self, seed: int) -> dict[str, Tensor]:
        """Return new random weights of the new parts, by name; see convert.py.

        The model itself, which may be without memory (meta device), is not changed.
        """
        weights: dict[str, Tensor] = {}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for part_name, part in self.new_parts.items():
                fresh = copy.deepcopy(part).to_empty(device='cpu')
                # Gemma initialises its own norms to 0; PI0 around it does not.
                network = fresh if isinstance(fresh, PreTrainedModel) else self.network
                for module in fresh.modules():
                    network._init_weights(module)
                weights |= {f'{part_name}.{n}': weight for n, weight in fresh.state_dict().items()}
        return weights

    @property
    def new_parts(self) -> Mapping[str, nn.Module]:
        """The action expert, and the layers that turn actions into its tokens and back."""
        network = self.network
        return {
            'network.model.dit': network.model.dit,
            'network.embed_action_time': network.embed_action_time,
            'network.action_out_proj': network.action_out_proj,
        }

    @property
    def paligemma(self) -> PaliGemmaModel:
        """The transformers model of images and text."""
        return self.network.model.vlm

    @property
    def num_steps(self) -> int:
        """Number of Euler steps from noise to actions."""
        return int(self.network.config.num_inference_steps)

    @property
    def _expert_dtype(self) -> torch.dtype:
        """Number type of the action expert; a frozen language model may have a smaller one."""
        return cast(torch.dtype, self.network.action_out_proj.weight.dtype)

    def sample(self, cache: SlotCache, noise_HA: Tensor) -> Tensor:
        """Turn noise into actions.

        Args:
            cache: Keys and values of images and a prompt; it can be used again.
            noise_HA: Standard normal noise.

        Returns:
            (H, A) normalised actions, not clipped.
        """
        actions_BHA = noise_HA[None].to(device=self.device, dtype=self._expert_dtype)
        state_BA = actions_BHA.new_zeros(1, self.config.action_dim)
        for step in range(self.num_steps):
            time_B = torch.full((1,), 1.0 - step / self.num_steps, device=self.device)
            # The cache does not keep what a step writes, so the next step does not see it.
            velocity_BHA: Tensor = self.network(
                state=state_BA, noise=actions_BHA, timestep=time_B, past_key_values=cache
            ).logits
            actions_BHA = actions_BHA - velocity_BHA / self.num_steps
        return actions_BHA[0]

    def forward(self, batch: Batch) -> Loss:
        """Return the language loss of a batch plus the flow matching loss of its actions.

        Raises:
            RuntimeError: The language model is under gradient checkpointing.
        """
        sequences = self.sequences(batch)
        cache = DynamicCache()
        hidden_BLD = self.hidden_states(sequences, cache)
        if cache.get_seq_length() != hidden_BLD.shape[1]:
            raise RuntimeError(
                'the language model kept no keys and values for the action expert, because it is '
                'under gradient checkpointing; call trunk.activation_checkpointing_disable() (the '
                'vision towers may be checkpointed)'
            )
        language = self._language_loss(hidden_BLD, sequences.labels_BL)
        flow = self._flow_loss(batch, sequences.is_valid_BL & sequences.is_prefix_BL, cache)
        return replace(language, total=language.total + flow, flow=flow)

    def _flow_loss(self, batch: Batch, is_seen_BL: Tensor, cache: DynamicCache) -> Tensor:
        """Return the flow matching loss, averaged over the recorded actions."""
        rows = batch.has_actions_B.nonzero()[:, 0]
        # Without a robot sample, the first sample gives the expert a gradient of zeros.
        rows = rows if len(rows) else rows.new_zeros(1)
        cache.batch_select_indices(rows)
        actions_BHA = batch.actions_BHA[rows]
        time_B11 = self._flow_times(len(rows))[:, None, None].to(actions_BHA.device)
        noise_BHA = torch.randn_like(actions_BHA)
        # Everything except the expert's own input is float32, whatever the expert computes in.
        noisy_BHA = time_B11 * noise_BHA + (1.0 - time_B11) * actions_BHA
        velocity_BHA = self.network(
            state=noisy_BHA.new_zeros(len(rows), self.config.action_dim, dtype=self._expert_dtype),
            noise=noisy_BHA.to(self._expert_dtype),
            timestep=time_B11.flatten(),
            attention_mask=is_seen_BL[rows].long(),
            past_key_values=cache,
        ).logits
        is_action_BH = batch.is_action_BH[rows]
        errors_BHA = (noise_BHA - actions_BHA - velocity_BHA.float()).square()
        losses_BH: Tensor = errors_BHA.mean(-1) * is_action_BH
        return losses_BH.sum() / is_action_BH.sum().clamp(min=1)

    def _flow_times(self, count: int) -> Tensor:
        """Draw times in (0, 1], where 1 is noise; see openpi's sample_time."""
        config = self.network.config
        beta = torch.distributions.Beta(
            torch.tensor(float(config.time_sampling_beta_alpha)),
            torch.tensor(float(config.time_sampling_beta_beta)),
        )
        times_B: Tensor = beta.sample((count,)) * config.time_sampling_scale
        return times_B + float(config.time_sampling_offset)

    def leave_out_padding(self) -> None:
        """Do nothing: the expert reads the keys and values of padded rows."""
