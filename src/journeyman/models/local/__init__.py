"""A small model on this machine, served by llama.cpp in a child process: as a model, and for lines of code. Experimental."""
