"""The waiting room: places, the draw at opening, admission."""
