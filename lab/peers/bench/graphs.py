"""Writes CLIP's towers as ONNX graphs: python graphs.py FOLDER image/0/f32 text/77/f32 …

Attention comes in three forms: "plain" in single ops, as exported models have it and as ONNX
Runtime's fusions look for it; "attention" and "mha" with the fused ops of ONNX Runtime. "plain+o"
is what its optimizer for transformers makes of the first. Each also quantized.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from serve import tensors

MICROSOFT = "com.microsoft"


class Graph:
    """ONNX nodes under construction; every method gives the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.values: dict[str, np.ndarray] = {}

    def const(self, name: str, value: np.ndarray) -> str:
        self.values.setdefault(name, np.asarray(value, order="C"))
        return name

    def ints(self, *values: int) -> str:
        return self.const("i" + "_".join(map(str, values)), np.array(values, np.int64))

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes) -> str:
        name = f"n{len(self.nodes)}_{kind}"
        node = helper.make_node(kind, inputs, [name], name, domain=domain, **attributes)
        self.nodes.append(node)
        return name

    def linear(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        y = self.op("MatMul", x, self.const(name + ".weight.T", weight.T))
        return self.op("Add", self.const(name + ".bias", bias), y)

    def norm(self, x: str, p: dict, name: str) -> str:
        gamma, beta = (self.const(f"{name}.{k}", p[f"{name}.{k}"]) for k in ("weight", "bias"))
        return self.op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-5)

    def quick_gelu(self, x: str) -> str:
        scaled = self.op("Mul", x, self.const("c1.702", np.float32(1.702)))
        return self.op("Mul", x, self.op("Sigmoid", scaled))

    def save(self, path: Path, source: onnx.ValueInfoProto, result: str, width: int) -> None:
        output = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", width])
        self.nodes.append(helper.make_node("Identity", [result], ["features"]))
        values = [numpy_helper.from_array(v, k) for k, v in self.values.items()]
        graph = helper.make_graph(self.nodes, path.stem, [source], [output], values)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)


def attention(g: Graph, x: str, p: dict, block: str, heads: int, mask: str, form: str) -> str:
    """Mixed values, before the output projection. x is [N, T, C]."""
    w, b = p[block + "attn.in_proj_weight"], p[block + "attn.in_proj_bias"]
    width = w.shape[1]
    causal = {"unidirectional": 1} if mask else {}
    if form == "attention":
        weight = g.const(block + "qkv.weight.T", w.T)
        bias = g.const(block + "qkv.bias", b)
        return g.op("Attention", x, weight, bias, domain=MICROSOFT, num_heads=heads, **causal)
    names = [block + s for s in ("q_proj", "k_proj", "v_proj")]
    if form == "mha":
        qkv = g.linear(x, block + "qkv", w, b)
        parts = [f"{qkv}_{i}" for i in range(3)]
        split = g.const("thirds", np.array([width] * 3, np.int64))
        g.nodes.append(helper.make_node("Split", [qkv, split], parts, axis=-1))
        return g.op("MultiHeadAttention", *parts, domain=MICROSOFT, num_heads=heads, **causal)
    shape = g.ints(0, -1, heads, width // heads)

    def split_heads(i: int, order: list[int]) -> str:
        rows = slice(i * width, (i + 1) * width)
        y = g.linear(x, names[i], w[rows], b[rows])
        return g.op("Transpose", g.op("Reshape", y, shape), perm=order)

    scores = g.op("MatMul", split_heads(0, [0, 2, 1, 3]), split_heads(1, [0, 2, 3, 1]))
    scale = np.float32((width // heads) ** -0.5)
    scores = g.op("Mul", scores, g.const(f"scale{width}", scale))
    if mask:
        scores = g.op("Add", scores, mask)
    mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), split_heads(2, [0, 2, 1, 3]))
    mixed = g.op("Transpose", mixed, perm=[0, 2, 1, 3])
    return g.op("Reshape", mixed, g.ints(0, -1, width))


def blocks(g: Graph, x: str, p: dict, prefix: str, heads: int, mask: str, form: str) -> str:
    count = 1 + max(int(k[len(prefix) :].split(".")[0]) for k in p if k.startswith(prefix))
    for i in range(count):
        b = f"{prefix}{i}."
        mixed = attention(g, g.norm(x, p, b + "ln_1"), p, b, heads, mask, form)
        out = b + "attn.out_proj"
        x = g.op("Add", x, g.linear(mixed, out, p[out + ".weight"], p[out + ".bias"]))
        fc, proj = b + "mlp.c_fc", b + "mlp.c_proj"
        h = g.linear(g.norm(x, p, b + "ln_2"), fc, p[fc + ".weight"], p[fc + ".bias"])
        h = g.linear(g.quick_gelu(h), proj, p[proj + ".weight"], p[proj + ".bias"])
        x = g.op("Add", x, h)
    return x


def image_graph(p: dict, form: str, path: Path) -> None:
    g = Graph()
    conv = p["visual.conv1.weight"]
    width, patch = conv.shape[0], conv.shape[2]
    x = g.op("Conv", "pixels", g.const("conv1", conv), kernel_shape=[patch] * 2,
             strides=[patch] * 2)
    x = g.op("Transpose", g.op("Reshape", x, g.ints(0, width, -1)), perm=[0, 2, 1])
    batch = g.op("Slice", g.op("Shape", "pixels"), g.ints(0), g.ints(1))
    shape = g.op("Concat", batch, g.ints(1), g.ints(width), axis=0)
    token = g.const("class", p["visual.class_embedding"].reshape(1, 1, width))
    x = g.op("Concat", g.op("Expand", token, shape), x, axis=1)
    x = g.op("Add", x, g.const("positions", p["visual.positional_embedding"]))
    x = g.norm(x, p, "visual.ln_pre")
    x = blocks(g, x, p, "visual.transformer.resblocks.", width // 64, "", form)
    x = g.op("Gather", x, g.const("zero", np.int64(0)), axis=1)
    x = g.op("MatMul", g.norm(x, p, "visual.ln_post"), g.const("proj", p["visual.proj"]))
    size = patch * round((p["visual.positional_embedding"].shape[0] - 1) ** 0.5)
    source = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, size, size])
    g.save(path, source, x, p["visual.proj"].shape[1])


def text_graph(p: dict, tokens: int, form: str, path: Path) -> None:
    g = Graph()
    table = p["token_embedding.weight"]
    x = g.op("Gather", g.const("table", table), "ids", axis=0)
    x = g.op("Add", x, g.const("positions", p["positional_embedding"][:tokens]))
    mask = np.triu(np.full((tokens, tokens), np.finfo(np.float32).min, np.float32), 1)
    mask = g.const("mask", mask.reshape(1, 1, tokens, tokens))
    x = blocks(g, x, p, "transformer.resblocks.", table.shape[1] // 64, mask, form)
    x = g.norm(x, p, "ln_final")
    end = g.op("ArgMax", "ids", axis=1, keepdims=1)
    x = g.op("GatherND", x, end, batch_dims=1)
    x = g.op("MatMul", x, g.const("proj", p["text_projection"]))
    source = helper.make_tensor_value_info("ids", TensorProto.INT64, ["N", tokens])
    g.save(path, source, x, p["text_projection"].shape[1])


def optimized(path: Path, out: Path, width: int) -> None:
    from onnxruntime.transformers import optimizer

    model = optimizer.optimize_model(str(path), "clip", num_heads=width // 64, hidden_size=width,
                                     opt_level=0)
    model.save_model_to_file(str(out))


def quantized(path: Path, out: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    extra = {"DefaultTensorType": TensorProto.FLOAT}  # of what shape inference does not know
    quantize_dynamic(path, out, op_types_to_quantize=["MatMul", "Attention"],
                     weight_type=QuantType.QInt8, extra_options=extra)


VARIANTS = ("plain", "plain+o", "attention", "mha")


def write_all(folder: Path, kind: str, tokens: int, int8: bool) -> None:
    """Files of one tower by variant: form, "+o" after the optimizer. Made once."""
    p: dict = {}
    for variant in VARIANTS:
        path = model(folder, kind, tokens, variant)
        if not path.exists():
            p = p or tensors(folder / f"{kind}.safetensors")
            if variant.endswith("+o"):
                width = next(v for k, v in p.items() if k.endswith("ln_1.weight")).shape[0]
                optimized(model(folder, kind, tokens, variant[:-2]), path, width)
            elif kind == "image":
                image_graph(p, variant, path)
            else:
                text_graph(p, tokens, variant, path)
        out = model(folder, kind, tokens, variant, int8)
        if not out.exists():
            quantized(path, out)


def model(folder: Path, kind: str, tokens: int, variant: str, int8: bool = False) -> Path:
    stem = f"{kind}{tokens or ''}-{variant}"
    return folder / (stem + ".int8.onnx" if int8 else stem + ".onnx")


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # of the quantizer, which would rather see other graphs
    for wanted in sys.argv[2:]:  # kind/tokens/precision
        kind, tokens, precision = wanted.split("/")
        write_all(Path(sys.argv[1]), kind, int(tokens), precision == "i8")
