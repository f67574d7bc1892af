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
    {"name": "pooling_switches", "eras": ("2.3",)},
    {"name": "own_layers", "eras": ("2.15",)},
    {"name": "steps_of_its_own", "eras": ("2.15",)},
    {"name": "tape_tour", "eras": ("2.15",)},
    {"name": "sequential_two_ways", "eras": ("2.2",)},
    {"name": "regularized", "eras": ("2.2",)},
    {"name": "two_inputs", "eras": ("2.2",)},
    {"name": "mlp_multiclass", "eras": ("2.2",)},
    {"name": "layer_tour", "eras": ("2.2",)},
    {"name": "transfer", "eras": ("2.2",)},
    {"name": "digits_cnn", "eras": ("2.2",)},
    {"name": "cifar_shaped_cnn", "eras": ("2.2",)},
    {"name": "cross_validation", "eras": ("2.2",)},
    {"name": "bottleneck_features", "eras": ("2.2",)},
    {"name": "normalization_adapt", "eras": ("2.15",)},
]

# Scripts that no numbers are recorded of.
WITHOUT_NUMBERS = {
    "fine_tuning": "its Dropout draws from TensorFlow's own generator",
    "grad_cam_vgg16": "its losses are Keras 2.2.4's within 3e-5: thirteen convolutions are rounded",
}
