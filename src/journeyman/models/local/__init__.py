"""A small packaged model on this machine, served by llama.cpp in a child process. Experimental."""
