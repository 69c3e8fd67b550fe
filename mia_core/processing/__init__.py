"""Pure numpy, shared by live use and training; nothing looks beyond the window it is given."""
