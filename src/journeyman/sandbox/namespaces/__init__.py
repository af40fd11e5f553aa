"""The namespace backend: kernel namespaces, Landlock and seccomp, set up by a small process of our own."""
