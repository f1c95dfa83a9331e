# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Launch a real ViperX 300 S: camera, bridge, policy, and optionally Interbotix's driver."""

from __future__ import annotations

from pathlib import Path

from launch import Action, LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    GroupAction,
    IncludeLaunchDescription,
    OpaqueFunction,
)
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushROSNamespace
from launch_ros.parameter_descriptions import ParameterFile
from launch_ros.substitutions import FindPackageShare

from genvla_bringup.checks.parameter_file import check_files


def _camera_transform(context: LaunchContext) -> list[Node]:
    """Publish the pose of the camera, if one is given."""
    pose = LaunchConfiguration('camera_pose').perform(context).split()
    if not pose:
        return []
    names = ('x', 'y', 'z', 'qx', 'qy', 'qz', 'qw')
    if len(pose) != len(names):
        raise ValueError(f'camera_pose has {len(pose)} numbers, expected x y z qx qy qz qw')
    robot_name = LaunchConfiguration('robot_name').perform(context)
    numbers = [
        part for name, value in zip(names, pose, strict=True) for part in (f'--{name}', value)
    ]
    frames = [
        *('--frame-id', f'{robot_name}/base_link'),
        *('--child-frame-id', f'{robot_name}/camera_optical'),
    ]
    return [
        Node(
            package='tf2_ros',
            executable='static_transform_publisher',
            name='camera_pose',
            namespace=LaunchConfiguration('namespace'),
            arguments=[*numbers, *frames],
        )
    ]


def _in_namespace(action: Action) -> GroupAction:
    """Nest an action that sets its own namespace inside the requested namespace."""
    return GroupAction([PushROSNamespace(LaunchConfiguration('namespace')), action])


def _check_camera_file(context: LaunchContext) -> None:
    check_files(context.launch_configurations, 'camera/usb_cam', 'camera_config')


def _check_checkpoint(context: LaunchContext) -> list[Node]:
    """Reject a missing checkpoint before the driver takes the torque off; the policy needs one."""
    if LaunchConfiguration('use_policy').perform(context) == 'true':
        folder = Path(LaunchConfiguration('checkpoint').perform(context)).expanduser()
        if not (folder / 'config.json').is_file():
            raise ValueError(
                f"checkpoint is '{folder}', which has no config.json; give the folder of a "
                'checkpoint, or use_policy:=false'
            )
    return []


def generate_launch_description() -> LaunchDescription:
    """Start everything; the arm does not move until there is an instruction."""
    share = FindPackageShare('genvla_bringup')
    return LaunchDescription(
        [
            IncludeLaunchDescription(PathJoinSubstitution([share, 'launch', 'fastdds.launch.py'])),
            DeclareLaunchArgument(
                'checkpoint',
                default_value='',
                description='Checkpoint folder. Required unless use_policy:=false.',
            ),
            DeclareLaunchArgument(
                'instruction',
                default_value='',
                description='First instruction. Empty: nothing moves until the service '
                'policy/set_instruction is called.',
            ),
            DeclareLaunchArgument(
                'use_driver',
                default_value='false',
                choices=('true', 'false'),
                description="Also start Interbotix's driver. This switches the torque off: the "
                'arm must lie in its sleep pose.',
            ),
            DeclareLaunchArgument(
                'load_configs',
                default_value='true',
                choices=('true', 'false'),
                description='Whether the driver writes limits and addresses into the servos. They '
                'keep them: once per servo is enough, and the driver starts faster without.',
            ),
            DeclareLaunchArgument(
                'use_camera',
                default_value='true',
                choices=('true', 'false'),
                description='Start usb_cam.',
            ),
            DeclareLaunchArgument(
                'use_policy',
                default_value='true',
                choices=('true', 'false'),
                description='Start the policy here. false: policy_only.launch.py runs on another '
                'computer of the same ROS domain.',
            ),
            DeclareLaunchArgument(
                'robot_name', default_value='vx300s', description="The driver's namespace."
            ),
            DeclareLaunchArgument(
                'bridge_config',
                default_value=PathJoinSubstitution([share, 'config', 'viperx_bridge.yaml']),
                description='Parameter file of the bridge; viperx_bridge_v2.yaml for checkpoints '
                'of BridgeData V2.',
            ),
            DeclareLaunchArgument(
                'robot_config',
                default_value=LaunchConfiguration('bridge_config'),
                description='A second parameter file, such as a copy of own_robot.yaml; it '
                'overrides bridge_config.',
            ),
            DeclareLaunchArgument(
                'first_run',
                default_value='false',
                choices=('true', 'false'),
                description='Move at a fifth of the speed, for a new arm, table or checkpoint.',
            ),
            DeclareLaunchArgument(
                'image_topics',
                default_value='[camera/image_raw]',
                description='One topic per camera of the checkpoint, as a list; nothing is '
                "activated before all images are fresh. ['']: there is no camera.",
            ),
            DeclareLaunchArgument(
                'at_end',
                default_value='sleep',
                choices=('sleep', 'hold'),
                description='What the arm does when supervisor/end is called: go to its sleep '
                'pose, or hold where it is. After Ctrl-C it holds.',
            ),
            DeclareLaunchArgument(
                'camera_pose',
                default_value='',
                description='Pose of the camera in the base frame, for viewers: x y z [m] and qx '
                'qy qz qw of its optical frame. Empty: no transform is published.',
            ),
            DeclareLaunchArgument(
                'camera_config',
                default_value=PathJoinSubstitution([share, 'config', 'usb_cam.yaml']),
                description='Parameter file of usb_cam.',
            ),
            DeclareLaunchArgument(
                'mode_configs',
                default_value=PathJoinSubstitution([share, 'config', 'xs_modes.yaml']),
                description="The driver's operating modes, with use_driver:=true.",
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'shared_arguments.launch.py'])
            ),
            OpaqueFunction(function=_check_checkpoint),
            OpaqueFunction(function=_check_camera_file),
            _in_namespace(
                Node(
                    package='usb_cam',
                    executable='usb_cam_node_exe',
                    name='usb_cam',
                    namespace='camera',
                    output='screen',
                    parameters=[
                        ParameterFile(LaunchConfiguration('camera_config')),
                        {'frame_id': [LaunchConfiguration('robot_name'), '/camera_optical']},
                    ],
                    condition=IfCondition(LaunchConfiguration('use_camera')),
                )
            ),
            OpaqueFunction(function=_camera_transform),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'bridge_only.launch.py']),
                launch_arguments={
                    'robot_name': LaunchConfiguration('robot_name'),
                    'bridge_config': LaunchConfiguration('bridge_config'),
                    'robot_config': LaunchConfiguration('robot_config'),
                    'first_run': LaunchConfiguration('first_run'),
                    'autostart': 'false',
                }.items(),
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'policy_only.launch.py']),
                launch_arguments={
                    'checkpoint': LaunchConfiguration('checkpoint'),
                    'instruction': LaunchConfiguration('instruction'),
                    'image_topics': LaunchConfiguration('image_topics'),
                    'robot_name': LaunchConfiguration('robot_name'),
                    'autostart': 'false',
                }.items(),
                condition=IfCondition(LaunchConfiguration('use_policy')),
            ),
            # Start the driver after the actions that reject bad arguments and missing packages: a
            # driver that is started in vain has already taken the torque off.
            _in_namespace(
                IncludeLaunchDescription(
                    PathJoinSubstitution(
                        [
                            FindPackageShare('interbotix_xsarm_control'),
                            'launch',
                            'xsarm_control.launch.py',
                        ]
                    ),
                    launch_arguments={
                        'robot_model': 'vx300s',
                        'robot_name': LaunchConfiguration('robot_name'),
                        'mode_configs': LaunchConfiguration('mode_configs'),
                        'load_configs': LaunchConfiguration('load_configs'),
                        'use_rviz': 'false',
                    }.items(),
                    condition=IfCondition(LaunchConfiguration('use_driver')),
                )
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'supervisor.launch.py']),
                launch_arguments={
                    'use_policy': LaunchConfiguration('use_policy'),
                    'image_topics': LaunchConfiguration('image_topics'),
                    'at_end': LaunchConfiguration('at_end'),
                }.items(),
            ),
        ]
    )
