# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera messages as RGB arrays; cv_bridge converts the rarer encodings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image

from genvla_policy.images.camera_image import ENCODINGS, ImageConversionError, image_from_fields


def image_type(topic: str) -> type[Image | CompressedImage]:
    """Return the message type of a camera's topic: image_transport's ends in /compressed."""
    return CompressedImage if topic.endswith('/compressed') else Image


def image_from_msg(message: Image | CompressedImage) -> NDArray[np.uint8]:
    """Return the image of a camera message; see `image_from_fields`.

    Encodings that are not converted there go through cv_bridge, if it is installed.

    Raises:
        ImageConversionError: The message is inconsistent or damaged, or its encoding is not
            supported.
    """
    if isinstance(message, Image) and message.encoding not in ENCODINGS:
        return _convert_by_cv_bridge(message)
    return image_from_fields(message)


def _convert_by_cv_bridge(message: Image) -> NDArray[np.uint8]:
    supported = ', '.join(ENCODINGS)
    try:
        # cv_bridge built for NumPy 1 fails in several ways under NumPy 2 (vision_opencv#535).
        from cv_bridge import CvBridge
    except Exception as error:
        raise ImageConversionError(
            f'image encoding {message.encoding!r} is not supported without cv_bridge, which '
            f'cannot be imported ({error}); supported: {supported}. Set one of them in the '
            'camera driver (usb_cam: pixel_format) or install cv_bridge'
        ) from error
    try:
        picture = CvBridge().imgmsg_to_cv2(message, desired_encoding='rgb8')
    except Exception as error:
        raise ImageConversionError(
            f'cv_bridge cannot convert image encoding {message.encoding!r}: {error}; '
            f'supported without it: {supported}'
        ) from error
    return np.asarray(picture, dtype=np.uint8)
