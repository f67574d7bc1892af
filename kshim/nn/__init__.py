"""The modules that torch.nn lacks: pure torch, importing nothing of kshim outside this folder."""
