"""The Qt-free core of mia-live: capture, pose, processing, models, live pipeline, recording, simulation, training.

Root modules are the nouns of the field; packages are the stages that data passes through.
"""
