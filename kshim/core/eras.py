"""The Keras versions, and what each of them does: data, not branches.

An era stands for a stretch of Keras versions with the same behaviour. Code never asks which
version this is; it asks `rule("...")` what this era does, or puts `by_era(...)` on the line where
an argument's default is declared.

Source: Keras 1.2.2, 2.0.8, 2.2.4, 2.3.1, tf.keras 2.15, Keras 3; each row names no version but
its first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kshim.core.scoped import Scoped
from kshim.errors import UnknownName, nearest

ERAS = ("1.2", "2.0", "2.2", "2.3", "2.15", "3")
VERSIONS = dict(zip(ERAS, ("1.2.2", "2.0.8", "2.2.4", "2.3.1", "2.15.0", "3.0.0"), strict=True))

_current = Scoped("era", "2.15")


class ByEra:
    """Hold one value for each stretch of eras; `value()` gives the one of an era."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = {era: values[era] for era in ERAS if era in values}
        self._reached: dict[str, Any] = {}
        for first, value in self.values.items():
            self._reached |= dict.fromkeys(ERAS[ERAS.index(first) :], value)

    def value(self, era: str | None = None) -> Any:
        """Return the value of the latest entry that is not after `era`."""
        return self._reached[era or current_era()]


def by_era(values: Mapping[str, Any]) -> Any:
    """Return a value that depends on the era: `by_era({"1.2": a, "2.3": b})` is b from 2.3 on."""
    return ByEra(values)


_ROWS: dict[str, Mapping[str, Any]] = {
    # The module and the class that configs name for a policy of types.
    "policy_is_called": {"1.2": ("keras.mixed_precision", "Policy"), "3": ("keras", "DTypePolicy")},
    # What a layer does with a mask it cannot use: refuse it, or drop it.
    "unused_mask_is_an_error": {"1.2": True, "2.15": False},
    # The first Dense is called dense_1, or dense.
    "first_name_has_number": {"1.2": True, "2.15": False},
    # Inputs are called input_1, input_2, or input_layer, input_layer_1.
    "inputs_are_called": {"1.2": "input", "3": "input_layer"},
    "first_input_has_number": {"1.2": True, "3": False},
    # What makes a word of a class name: ConvLSTM2D is conv_lst_m2d, or conv_lstm2d.
    "word_in_class_name": {"1.2": "[A-Z][a-z0-9]+", "2.15": "[A-Z][a-z]+"},
    # A layer is called after its class in small letters (batchnormalization_1), or in snake case.
    "names_are_snakes": {"1.2": False, "2.0": True},
    # A function of symbols is called tf.math.multiply, or after the class of the operation.
    "operations_are_called": {"1.2": "plain", "2.15": "tensorflow", "3": "keras"},
    # Functions of symbols stand among a model's layers.
    "operations_are_layers": {"1.2": True, "3": False},
    # A variable that is set on a layer becomes a weight of it: where it stands alone, in lists too.
    "variables_become_weights": {"1.2": False, "2.3": True},
    "variables_in_lists_become_weights": {"1.2": False, "2.15": True},
    # Weights that a layer adds without a type have that of the layer.
    "added_weights_have_layers_dtype": {"1.2": False, "2.3": True},
    # How layers show their weights: as Keras 1's arrays, or as all later ones'.
    "weight_form": {"1.2": "keras1", "2.0": "plain"},
    # The weights of several cells in one layer are told apart by numbers.
    "cells_are_numbered": {"1.2": True, "2.15": False},
    # The states that an RNN of several cells returns stand one by one, or those of a cell together.
    "states_stand_by_cell": {"1.2": False, "2.15": True},
    # A weight is called dense_1_W:0, or dense_1/kernel:0.
    "weight_names_have_paths": {"1.2": False, "2.0": True},
    # hard_sigmoid(x) = clip(slope * x + 0.5, 0, 1)
    "hard_sigmoid_slope": {"1.2": 0.2, "3": 1 / 6},
    # The fewest and the most axes that the activation softmax takes.
    "softmax_axes": {"1.2": (2, 3), "2.0": (2, math.inf), "3": (0, math.inf)},
    # An activation that is a layer is warned of.
    "layer_for_activation_warns": {"1.2": False, "2.0": True, "2.15": False},
    # A convolution with strides and gaps is refused when it is made, or when it is built.
    "dilated_strides_are_refused_at_once": {"1.2": False, "2.15": True},
    # A layer that tells no shape of its outputs tells that of its inputs.
    "layers_keep_shape": {"1.2": True, "2.15": False},
    # Whole numbers in a row may be the parts of one argument: Conv2D(32, 3, 3) has one window.
    "numbers_may_be_parts": {"1.2": False, "2.0": True, "2.15": False},
    # Recurrent kernels that start as the identity do so for each gate.
    "identity_by_gate": {"1.2": False, "2.3": True, "2.15": False},
    # Reading an optimizer's config leaves its class's name in small letters.
    "optimizer_names_are_small": {"1.2": True, "2.15": False},
    # Labels of ctc_decode are filled up to the steps, or to the longest row found.
    "ctc_labels_fill_steps": {"1.2": False, "2.15": True},
    # A beam of ctc_decode makes one of equal neighbours (TensorFlow 1's default).
    "ctc_merges_repeated": {"1.2": True, "2.3": False, "2.15": True},
    # Which variance of the batch enters BatchNormalization's running variance.
    "moving_variance": {
        "1.2": "biased",
        "2.2": "keras2",
        "2.15": "biased",
        "3": "biased",
    },
    # The same, where TensorFlow's fused kernel is used.
    "moving_variance_fused": {
        "1.2": "biased",
        "2.2": "keras2_fused",
        "2.15": "unbiased",
        "3": "biased",
    },
    # Bilinear enlarging takes cells for areas (half-pixel centres), or for corners.
    "bilinear_has_half_pixels": {"1.2": False, "2.15": True},
    # The least epsilon of that kernel.
    "fused_least_epsilon": {"1.2": 0.0, "2.2": 1.001e-5, "2.15": 0.0},
    # The channel axes, by rank, for which that kernel is used.
    "fused_normalization_axes": {"1.2": {4: (3,)}, "2.15": {4: (1, 3), 5: (1, 4)}, "3": {}},
    # The first batch replaces the moving statistics (TensorFlow's zero_debias).
    "moving_statistics_zero_debias": {"1.2": False, "2.2": True, "2.3": False},
    # What a frozen BatchNormalization does while the rest trains.
    "frozen_normalization": {"1.2": "train", "2.2": "batch", "2.15": "inference"},
    # BatchNormalization's batch statistics leave out masked steps.
    "normalization_skips_masked_steps": {"1.2": False, "2.15": True},
    # Sums and products of several inputs: where is their mask true? Where all are that there are,
    # or where one is, if each input has one.
    "merged_masks": {"1.2": "all", "3": "one"},
    # Concatenate takes a list of one.
    "concatenates_one": {"1.2": True, "2.0": False, "2.15": True},
    # What is masked takes no part in products, maxima and minima of several inputs.
    "merges_see_masks": {"1.2": False, "3": True},
    # A mask reaches `call` only where its first argument is the only tensor among them.
    "masks_need_lone_input": {"1.2": False, "3": True},
    # Identity lets masks pass.
    "identity_passes_masks": {"1.2": False, "3": True},
    # In files MultiHeadAttention tells the shapes that it was built from.
    "heads_tell_shapes": {"1.2": True, "3": False},
    # LeakyReLU's word for its slope, in files.
    "leaky_slope_name": {"1.2": "alpha", "3": "negative_slope"},
    # Softmax sets masked inputs and gives zeros for them, or adds a large negative number.
    "softmax_cuts_masked": {"1.2": False, "3": True},
    # GroupNormalization's means leave out masked steps.
    "group_normalization_skips_masked_steps": {"1.2": True, "3": False},
    # The log key of metrics=["accuracy"]: "acc", or what the script wrote.
    "accuracy_key": {"1.2": "acc", "2.3": None},
    # loss * weight is divided by the share of non-zero weights, or not.
    "weights_divide_by_nonzero": {"1.2": True, "2.3": False},
    # How a masked loss is averaged: over the valid steps, or over all of them.
    "mask_renormalises_loss": {"1.2": True, "2.3": False, "2.15": True},
    # The mean loss of a batch that is masked throughout: nought, or no number.
    "all_masked_is_nought": {"1.2": False, "3": True},
    # An activity penalty is a sum over the batch, or a mean over samples.
    "activity_penalty_per_sample": {"1.2": False, "2.15": True},
    # Where a model has losses of its own alone, their mean is over batches, or over samples.
    "added_losses_count_batches": {"1.2": False, "2.15": True, "3": False},
    # The values given to on_batch_end that are this batch's alone, not running means.
    "logged_of_batch_alone": {"1.2": "all", "2.3": "loss", "2.15": "none"},
    # Data that give fewer batches than asked for end the run with a warning, and are not begun
    # anew; with steps_per_epoch an epoch goes on where the one before stopped.
    "short_streams_end_training": {"1.2": False, "2.15": True},
    # Hooks of batches are told the number and the size of the batch.
    "batch_logs_tell_size": {"1.2": True, "2.15": False},
    # What on_batch_begin and on_batch_end are called where a callback has both names.
    "batch_hooks_have_old_names": {"1.2": True, "2.3": False},
    # Hooks of whole runs are told an empty dict, nothing, or at the end the last values.
    "run_hooks_tell": {"1.2": "empty", "2.3": "nothing", "2.15": "values"},
    # Words of callback.params that the era has for others.
    "params_old_names": {"1.2": {"epochs": "nb_epoch", "samples": "nb_sample"}, "2.2": {}},
    # The mean loss of one of several outputs is over batches, or over samples.
    "output_losses_count_batches": {"1.2": False, "2.3": True, "2.15": False},
    # Crossentropies behind a softmax or sigmoid read the logits instead.
    "crossentropy_finds_logits": {"1.2": False, "2.3": True, "3": False},
    # binary_crossentropy adds epsilon inside the logarithm, after clipping.
    "binary_crossentropy_adds_epsilon": {"1.2": False, "2.3": True, "3": False},
    # sparse_categorical_crossentropy renormalises before it clips, or after.
    "sparse_crossentropy_renormalises_first": {"1.2": False, "3": True},
    # The cosine loss: a mean over the columns, or a sum.
    "cosine_is_averaged": {"1.2": True, "2.2": False},
    # The metric cosine_proximity has the sign of the cosine, or of the loss.
    "cosine_metric_is_positive": {"1.2": False, "2.3": True},
    # Hinge losses take labels 0 and 1 for -1 and 1.
    "hinge_maps_labels": {"1.2": False, "2.3": True},
    # categorical_hinge of exactly 0 has a gradient.
    "categorical_hinge_has_gradient_at_zero": {"1.2": False, "2.15": True},
    # huber is averaged over the last axis, or left as it is.
    "huber_is_averaged": {"1.2": False, "2.15": True},
    # kullback_leibler_divergence, logcosh, huber_loss, cosine_proximity: later renamed.
    "old_loss_names": {"1.2": True, "2.15": False},
    # binary_accuracy rounds predictions (2.0 is not 1), or asks whether they pass a threshold.
    "binary_accuracy_rounds": {"1.2": True, "2.15": False},
    # Top-k accuracies are a mean over the batch, or each sample's own.
    "top_k_is_averaged": {"1.2": True, "2.3": False},
    # Overlaps of classes count weights as whole numbers, cut off.
    "overlap_weights_are_whole": {"1.2": False, "3": True},
    # SensitivityAtSpecificity and its like take the nearest threshold, or the best allowed.
    "share_is_taken_at_nearest": {"1.2": True, "2.15": False},
    # "accuracy" is chosen by the shapes alone, or by the loss first.
    "accuracy_goes_by_shapes": {"1.2": False, "2.15": True},
    # A metric is logged under the word a script typed, or under its function's name.
    "metric_key_is_typed": {"1.2": False, "2.3": True},
    # A weighted metric that repeats a name is told apart by that word, or by a number.
    "repeated_metrics_say_weighted": {"1.2": False, "2.15": True},
    # Metrics leave out masked steps.
    "metrics_see_masks": {"1.2": False, "2.0": True},
    # Metric objects leave out masked steps, or those alone that average a function.
    "masks_reach_all_metrics": {"1.2": True, "3": False},
    # metrics_names tells all metrics as one, "compile_metrics", or each.
    "metrics_are_told_as_one": {"1.2": False, "3": True},
    # The values of several outputs' metrics are in the order of their names, or of the outputs.
    "metrics_go_by_name": {"1.2": False, "3": True},
    # Clipping by norm: one norm over all gradients, or one a tensor.
    "clipnorm_is_global": {"1.2": True, "2.15": False},
    "learning_rate_name": {"1.2": "lr", "2.3": "learning_rate"},
    # EarlyStopping stops `patience` bad epochs after the best, or one later.
    "early_stopping_extra_epoch": {"1.2": 1, "2.2": 0},
    # EarlyStopping never stops after the first epoch, or it may.
    "early_stopping_bears_first_epoch": {"1.2": False, "2.15": True},
    # EarlyStopping's baseline is the first best value, or a mark that resets no patience.
    "baseline_is_first_best": {"1.2": True, "2.15": False},
    # The watched values that EarlyStopping takes for better when they are higher.
    "rising_values": {"1.2": r"acc|^fmeasure", "2.15": r"(acc|accuracy|auc)$"},
    # ReduceLROnPlateau counts the bad epoch before it compares, or behind.
    "plateau_counts_first": {"1.2": False, "2.2": True},
    # ReduceLROnPlateau takes epsilon for min_delta with a warning.
    "epsilon_is_old_in_plateau": {"1.2": False, "2.2": True, "2.15": False},
    # LearningRateScheduler logs the rate.
    "scheduler_logs_rate": {"1.2": False, "2.2": True},
    # EarlyStopping brings the best weights back at the end of every run.
    "best_weights_always_return": {"1.2": False, "3": True},
    # The name under which callbacks log the learning rate, and ask an optimizer for it.
    "logged_rate_name": {"1.2": "lr", "3": "learning_rate"},
    # The number of the first epoch in ModelCheckpoint's file names.
    "checkpoint_first_epoch": {"1.2": 0, "2.2": 1},
    # The values of an epoch are logged in the order of their names, or of the metrics.
    "epoch_logs_are_sorted": {"1.2": False, "3": True},
    # Callbacks are given the data that `fit` validates on.
    "callbacks_see_validation_data": {"1.2": True, "2.15": False},
    # TensorBoard writes histograms only beside arrays to validate on.
    "histograms_need_validation_data": {"1.2": False, "2.0": True, "2.15": False},
    # TensorBoard writes all into one folder, or training and validation apart.
    "tensorboard_has_one_run": {"1.2": True, "2.15": False},
    # How callbacks write the number of an epoch: Epoch 00001, or Epoch 1.
    "epoch_number_form": {"1.2": "05d", "2.15": "d"},
    # How many epochs `fit` runs when nobody says.
    "default_epochs": {"1.2": 10, "2.0": 1},
    # An epoch that a callback stops in its middle is validated.
    "stopped_epoch_validates": {"1.2": False, "2.15": True},
    # What BackupAndRestore takes behind backup_dir and save_freq, in order.
    "backup_arguments": {
        "1.2": ("delete_checkpoint", "save_before_preemption", "double_checkpoint"),
        "3": ("double_checkpoint", "delete_checkpoint"),
    },
    # Callbacks are told the length of a Sequence anew behind each epoch.
    "callbacks_hear_new_length": {"1.2": False, "2.3": True, "2.15": False},
    # A generator that several processes share is warned of.
    "shared_generators_are_warned_of": {"1.2": False, "2.0": True, "2.15": False},
    # The validation inside `fit` reaches the on_test_ hooks of callbacks.
    "validation_is_heard": {"1.2": False, "2.3": True},
    # Generators are told how many samples an epoch has, or how many batches.
    "generators_count_samples": {"1.2": True, "2.0": False},
    # K.function moves the statistics of normalisation only where it is given those updates.
    "functions_update_as_told": {"1.2": True, "2.15": False},
    # What a call gives in a list of one is that one.
    "calls_unpack_one": {"1.2": True, "2.15": False},
    # predict takes as many samples as the first input has, of inputs that have more.
    "predict_counts_first_input": {"1.2": True, "2.15": False},
    # What functions make of symbols counts as made by a layer.
    "operations_make_keras_tensors": {"1.2": False, "2.15": True},
    # on_train_begin is called before the first batch is asked for.
    "training_begins_before_data": {"1.2": True, "2.15": False},
    # A model whose outputs are a list of one gives a list when it is called.
    "one_output_stays_in_list": {"1.2": False, "3": True},
    # compile takes target_tensors.
    "takes_target_tensors": {"1.2": False, "2.0": True, "2.15": False},
    # K.set_learning_phase decides what fit, evaluate and predict do, too.
    "phase_rules_training": {"1.2": True, "2.15": False},
    # Logs and history begin with the values of validation.
    "validation_is_logged_first": {"1.2": True, "2.15": False},
    # An epoch's and an evaluation's last line tells steps, values and times in every form.
    "progress_line_is_whole": {"1.2": False, "2.15": True},
    # A functional model's first node is its own making; calls of it count from 1.
    "models_have_own_node": {"1.2": True, "2.15": False},
    # summary() begins with the model's name.
    "summary_names_model": {"1.2": False, "2.3": True},
    # summary() breaks long fields into lines and tells sizes in bytes, or cuts them.
    "summary_wraps": {"1.2": False, "2.15": True},
    # The progress bar counts samples, or steps.
    "progress_counts_samples": {"1.2": True, "2.15": False},
    # Whether what weight decay leaves out may be said before the first update alone.
    "weight_decay_is_settled_when_built": {"1.2": True, "3": False},
    # exclude_from_weight_decay looks for patterns in layer/weight:0, or in the weight's word alone.
    "undecayed_names_have_paths": {"1.2": True, "3": False},
    # How many workers, at least, read a generator ahead in a thread.
    "workers_that_read_ahead": {"1.2": 1, "2.15": 2},
    # fit shuffles with numpy's generator, or with the framework's own.
    "shuffle_by_numpy": {"1.2": True, "2.15": False},
    # model.weights go layer by layer, or the trainable ones first.
    "model_weights_by_layer": {"1.2": False, "2.15": True},
    # The weights that a model itself was given come behind those of its layers, or before them.
    "own_weights_come_last": {"1.2": False, "2.15": True},
    # optimizer.learning_rate of a schedule is its number (else the schedule itself): that of the
    # last update, or that of the next.
    "scheduled_rate_is_a_number": {"1.2": False, "2.15": True},
    "told_rate_is_of_last_update": {"1.2": 1, "3": 0},
    # TensorFlow runs each line where it stands.
    "tensorflow_is_eager": {"1.2": False, "2.15": True},
    # model.layers is the list itself, from which scripts take layers; a copy; for Sequential too.
    "layers_are_one_list": {"1.2": "all", "2.2": "functional", "2.15": "none"},
    # Layers answer to the older names of their arguments, too.
    "layers_have_old_words": {"1.2": True, "2.2": False},
    # After a call on numbers model.losses are those of that call, no longer symbols.
    "calls_tell_losses": {"1.2": False, "2.15": True},
    # Setting model.trainable sets that of every layer in it.
    "trainable_reaches_sublayers": {"1.2": False, "2.15": True},
    # Class names of functional models in files.
    "functional_class_name": {"1.2": "Model", "2.15": "Functional"},
    # Where an initializer without a seed gets one: numpy's global stream, or torch's.
    "seeds_come_from_numpy": {"1.2": True, "2.15": False},
    # A seeded initializer counts its seed up at each call.
    "seed_counts_up": {"1.2": False, "2.3": True, "2.15": False},
    # The normal of VarianceScaling: plain, cut at two deviations, or cut and widened again.
    "scaled_normal": {"1.2": "plain", "2.0": "cut", "2.2": "widened"},
    # Which shapes have fans of their own, the others taking the root of their size.
    "fans": {"1.2": "keras1", "2.0": "ranks 2 to 5", "2.15": "any rank"},
    # Orthogonal flattens all axes but the first, or all but the last; SVD, or QR.
    "orthogonal": {"1.2": "svd of rows", "2.0": "svd", "2.15": "qr"},
    # Identity fills a long matrix with more identities, or with zeros.
    "identity_repeats": {"1.2": True, "2.3": False},
    # In files glorot_uniform is GlorotUniform and l2 is L2, or VarianceScaling and L1L2.
    "shorthands_have_classes": {"1.2": False, "2.15": True},
    # RMSprop and Adagrad divide by sqrt(a + epsilon), or by sqrt(a) + epsilon.
    "epsilon_inside_root": {"1.2": False, "2.15": True},
    # clipvalue waits until clipnorm is unset, or comes after it.
    "clipping_excludes": {"1.2": False, "2.15": True},
    # In files an optimizer's slots are in the order of the weights' names, or of the layers.
    "slots_go_by_name": {"1.2": True, "2.0": False},
    # In files an optimizer's slots stand parameter by parameter, or kind by kind.
    "slots_by_parameter": {"1.2": False, "2.15": True},
    # Adam without amsgrad still saves a vhat of one zero for each parameter.
    "adam_saves_empty_vhat": {"1.2": False, "2.2": True, "2.15": False},
    # A running mean of the parameters begins with them behind the first update, or before it.
    "averages_begin_behind_first_update": {"1.2": False, "3": True},
    # The powers of Adam's betas are taken in the parameters' own precision.
    "powers_are_rounded": {"1.2": False, "2.15": True},
    # An optimizer that scales the loss divides gradients handed to `apply`, or waits to be asked.
    "loss_scale_is_taken_in_apply": {"1.2": False, "3": True},
    # How far halving may take the loss scale.
    "least_loss_scale": {"1.2": 1.0, "3": 0.0},
    # Nadam's product of momenta is multiplied for each parameter, or once an update.
    "nadam_multiplies_by_parameter": {"1.2": False, "2.15": True, "3": False},
    # Optimizer configs name clipping, weight decay and averaging even when unset.
    "optimizer_config_is_whole": {"1.2": False, "2.15": True},
    # Averages over windows leave padding out, or count it as cells of the edges (Keras 3 on torch).
    "averages_repeat_edges": {"1.2": False, "3": True},
    # Resizing by nearest, bilinear and bicubic is TensorFlow's, or torch's own.
    "resizing_is_torchs": {"1.2": False, "3": True},
    # Normalization's weight `count` tells of how many numbers adapt learned, or stays 0.
    "adapt_counts": {"1.2": True, "3": False},
    # The weights of the mode tf_idf are a weight of the layer, or stand beside its weights.
    "idf_is_a_weight": {"1.2": True, "3": False},
    # A list of tokens to adapt to is one document, or each of them is one.
    "tokens_are_documents": {"1.2": False, "3": True},
    # Layers that warp images look beyond an edge for the place between pixels, or for each pixel.
    "warps_by_pixel": {"1.2": False, "3": True},
    # RandomFlip draws for each direction, or once for both.
    "flips_together": {"1.2": False, "3": True},
    # RandomCrop resizes at rest, or lets the images pass.
    "crop_rests": {"1.2": False, "3": True},
    # RandomContrast draws one factor for a batch, or one for each image.
    "contrast_per_image": {"1.2": False, "3": True},
    # RandomContrast takes one number for both directions, or for the rise alone.
    "contrast_falls": {"1.2": True, "3": False},
    # Layers that encode categories make outputs of no more than two axes, or of any number.
    "categories_of_any_rank": {"1.2": False, "3": True},
    # Layers that sort into bins and buckets tell the true shape of rows, or that of the inputs.
    "shapes_of_rows_are_told": {"1.2": False, "3": True},
    # The first number that Discretization takes out of sorted ones is that behind a step, or at it.
    "quantiles_begin_behind_step": {"1.2": True, "3": False},
    # The type of the bins that Discretization tells.
    "bins_dtype": {"1.2": "int64", "3": "int32"},
}
RULES = {name: ByEra(values) for name, values in _ROWS.items()}


def rule(name: str, era: str | None = None) -> Any:
    """Return what the era (the current one, unless named) does in the matter of `name`."""
    return RULES[name].value(era)


def current_era() -> str:
    """Return the era in force, one of `ERAS`."""
    return _current.get()


def set_era(name: str) -> None:
    """Put an era in force from here on, in all threads.

    Raises:
        UnknownName: when `name` is not one of `ERAS`.
    """
    _current.set(_known(name))


@contextmanager
def in_era(name: str) -> Iterator[None]:
    """Put an era in force inside a `with` block."""
    with _current.override(_known(name)):
        yield


class Era:
    """Put an era in force: from here on, or, in a `with` statement, inside the block.

    `Era()` without a name changes nothing; `str(Era())` names the era in force.
    """

    def __init__(self, name: str | None = None) -> None:
        self._before = current_era()
        if name is not None:
            set_era(name)

    def __enter__(self) -> Era:
        return self

    def __exit__(self, *problem: object) -> None:
        set_era(self._before)

    def __str__(self) -> str:
        return current_era()


def _known(name: str) -> str:
    if name not in ERAS:
        raise UnknownName("era", f"one of {', '.join(ERAS)}", name, hint=nearest(str(name), ERAS))
    return name
