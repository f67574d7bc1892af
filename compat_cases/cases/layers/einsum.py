"""Cases of EinsumDense."""

ERAS = ("2.15", "3")


def row(name, equation, inputs, output_shape, **more):
    """Return one case."""
    options = {key: more.pop(key) for key in ("bias_axes", "activation") if key in more}
    return dict(
        more,
        name="einsum_dense_" + name,
        class_name="EinsumDense",
        inputs=[inputs],
        arguments=dict({"equation": equation, "output_shape": output_shape}, **options),
    )


CASES = [
    row("plain", "ab,bc->ac", [2, 4], 3),
    row("bias", "ab,bc->ac", [2, 4], 3, bias_axes="c"),
    row("steps", "abc,cd->abd", [2, 3, 4], [None, 5], bias_axes="d"),
    row("known_steps", "abc,cd->abd", [2, 3, 4], [3, 5], bias_axes="d", activation="relu"),
    row("ellipsis", "...x,xy->...y", [2, 3, 4], 5, bias_axes="y"),
    row("ellipsis_rank_4", "...x,xy->...y", [2, 3, 5, 4], 6, bias_axes="y"),
    row("heads", "abc,cde->abde", [2, 3, 4], [None, 2, 5], bias_axes="de"),
    row("heads_one_bias", "abc,cde->abde", [2, 3, 4], [None, 2, 5], bias_axes="e"),
    row("heads_back", "abcd,cde->abe", [2, 3, 2, 4], [None, 5], bias_axes="e"),
    row("middle", "abc,bd->adc", [2, 3, 4], [5, 4], bias_axes="d"),
    row("bias_over_steps", "abc,cd->abd", [2, 3, 4], [3, 5], bias_axes="bd"),
    row("masked", "abc,cd->abd", [2, 3, 4], [3, 5], masked_steps=[[0], [1, 2]]),
    row("double", "ab,bc->ac", [2, 4], 3, bias_axes="c", floatx="float64"),
]
