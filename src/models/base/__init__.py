"""What all rooms of the model share: arrays, the matrix as a model reads it, row losses."""
