# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Render a MuJoCo scene through a camera, in the thread that owns the OpenGL context."""

from __future__ import annotations

import atexit
import threading
import weakref

import mujoco
import numpy as np
from numpy.typing import NDArray

from genvla_sim.scene.camera import Camera


class SceneRenderer:
    """The OpenGL contexts of one model, one per picture size, created on first use.

    Threads: an OpenGL context is bound to the thread that created it. The first thread that
    requests a view owns the renderer until `close`.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        """Store the model; nothing is allocated before the first view."""
        self._model = model
        self._renderers: dict[tuple[int, int], mujoco.Renderer] = {}
        self._thread: int | None = None
        weakref.finalize(self, _close_all, self._renderers).atexit = False

    def view(self, camera: Camera) -> View:
        """Return the view through a camera.

        Raises:
            RuntimeError: Another thread owns the renderer.
        """
        if self._thread not in (None, threading.get_ident()):
            raise RuntimeError(
                'this simulation has been rendered in another thread, which owns its OpenGL '
                'context: render in one thread only, or close() there first'
            )
        self._thread = threading.get_ident()
        size = (camera.height, camera.width)
        if size not in self._renderers:
            off_screen = self._model.vis.global_
            off_screen.offheight, off_screen.offwidth = size
            self._renderers[size] = mujoco.Renderer(self._model, *size)
            if len(self._renderers) == 1:
                # Exit hooks run last in, first out. This hook is registered after MuJoCo's own,
                # which the first renderer registers, so it frees the contexts before their EGL
                # display closes.
                atexit.register(_close_all, self._renderers)
        return View(self._model, self._renderers[size], camera)

    def close(self) -> None:
        """Free the contexts from the thread that owns them; any thread may own the next ones."""
        _close_all(self._renderers)
        self._thread = None


class View:
    """One camera on one scene: call look(), which reads the physics, then draw()."""

    def __init__(self, model: mujoco.MjModel, renderer: mujoco.Renderer, camera: Camera) -> None:
        """Aim the camera."""
        axis = np.subtract(camera.look_at, camera.position)
        self._model, self._renderer, self._fovy_deg = model, renderer, camera.fovy_deg
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FREE
        self._camera.lookat = camera.look_at
        self._camera.distance = np.linalg.norm(axis)
        self._camera.azimuth = np.degrees(np.arctan2(axis[1], axis[0]))
        self._camera.elevation = np.degrees(np.arcsin(axis[2] / self._camera.distance))

    def look(self, data: mujoco.MjData) -> None:
        """Copy the current poses of the scene, in a fraction of a millisecond."""
        self._model.vis.global_.fovy = self._fovy_deg
        self._renderer.update_scene(data, self._camera)

    def draw(self) -> NDArray[np.uint8]:
        """Return the picture, shape (height, width, 3) uint8 RGB."""
        rgb: NDArray[np.uint8] = self._renderer.render()
        return rgb

    def draw_geom_ids(self) -> NDArray[np.int32]:
        """Return the geom index of each pixel, -1 for none, shape (height, width)."""
        self._renderer.enable_segmentation_rendering()
        try:
            geoms: NDArray[np.int32] = self._renderer.render()[..., 0]
        finally:
            self._renderer.disable_segmentation_rendering()
        return geoms


def _close_all(renderers: dict[tuple[int, int], mujoco.Renderer]) -> None:
    for renderer in renderers.values():
        renderer.close()
    renderers.clear()
