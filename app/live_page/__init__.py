"""The live page: a person in the camera image, the muscles on a body map, and their traces."""
