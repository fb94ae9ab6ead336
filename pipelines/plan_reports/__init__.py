"""One way each in which plans are shown: pieces."""
