"""Scripts of ``scripts/`` whose numbers are recorded: each writes them to curve.json."""

ERAS = ("1.2", "2.2", "2.3", "2.15")

CASES = [
    {"name": "gan", "eras": ("2.2",)},
    {"name": "vae", "eras": ("2.3",)},
    {"name": "stateful_text", "eras": ("1.2",)},
    {"name": "siamese", "eras": ("2.3",)},
    {"name": "three_outputs", "eras": ("2.15",)},
    {"name": "training_loop", "eras": ("2.2",)},
    {"name": "own_optimizer", "eras": ("2.2",)},
    {"name": "seq2seq", "eras": ("2.2",)},
    {"name": "style_transfer", "eras": ("2.2",)},
    {"name": "grad_cam", "eras": ("2.3",)},
    {"name": "text_generation", "eras": ("2.2",)},
    {"name": "autoencoder", "eras": ("1.2",)},
    {"name": "ocr_ctc", "eras": ("2.3",)},
    {"name": "unet_dice", "eras": ("2.3",)},
    {"name": "resnet", "eras": ("2.2",)},
    {"name": "attention_layer", "eras": ("2.2",)},
    {"name": "capsule", "eras": ("2.2",)},
    {"name": "gradient_tape", "eras": ("2.15",)},
]
