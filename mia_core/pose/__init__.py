"""From an image to the BODY_25 keypoints of one person."""
