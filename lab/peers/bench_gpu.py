"""A training step of CLIP in plain PyTorch, to set beside BenchmarkStep of lab/cuda.

    pip install torch numpy
    python lab/peers/bench_gpu.py                 # on a GPU: S and ViT-B-32, eager and compiled
    python lab/peers/bench_gpu.py --cpu           # a small check that the script runs

The model is openai/CLIP's in the modules that PyTorch users take: fused attention, AdamW with
fused=True, autocast for bf16, matmul precision "high" for tf32. Prints pairs a second, TFLOP/s and
memory under the names of BenchmarkStep.
"""

import argparse
import math
import time

import torch
import torch.nn.functional as F
from torch import nn

MODELS = {
    "S": dict(size=64, patch=8, width=128, layers=4, heads=2, context=16, vocab=2000, text_width=128,
              text_layers=4, text_heads=2, embed=128),
    "ViT-B-32": dict(size=224, patch=32, width=768, layers=12, heads=12, context=77, vocab=49408,
                     text_width=512, text_layers=12, text_heads=8, embed=512),
}
BATCHES = {"S": [64], "ViT-B-32": [256, 1024]}


class Block(nn.Module):
    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc, self.proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.ln_1(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, c))
        h = self.fc(self.ln_2(x))
        return x + self.proj(h * torch.sigmoid(1.702 * h))


class CLIP(nn.Module):
    def __init__(self, size, patch, width, layers, heads, context, vocab, text_width, text_layers,
                 text_heads, embed):
        super().__init__()
        self.conv = nn.Conv2d(3, width, patch, patch, bias=False)
        self.first = nn.Parameter(torch.randn(width) / width**0.5)
        self.positions = nn.Parameter(torch.randn(1 + (size // patch) ** 2, width) / width**0.5)
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.image = nn.Sequential(*[Block(width, heads, False) for _ in range(layers)])
        self.image_proj = nn.Parameter(torch.randn(width, embed) / width**0.5)
        self.table = nn.Embedding(vocab, text_width)
        self.text_positions = nn.Parameter(torch.randn(context, text_width) * 0.01)
        self.text = nn.Sequential(*[Block(text_width, text_heads, True) for _ in range(text_layers)])
        self.ln_final = nn.LayerNorm(text_width)
        self.text_proj = nn.Parameter(torch.randn(text_width, embed) / text_width**0.5)
        self.t = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, images, tokens):
        x = self.conv(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.to(x.dtype).expand(len(x), 1, -1), x], 1) + self.positions
        i = self.ln_post(self.image(self.ln_pre(x))[:, 0]) @ self.image_proj
        y = self.text(self.table(tokens) + self.text_positions)
        y = y[torch.arange(len(y), device=y.device), tokens.argmax(-1)]
        y = self.ln_final(y) @ self.text_proj
        logits = self.t.exp() * F.normalize(i, dim=-1) @ F.normalize(y, dim=-1).T
        truth = torch.arange(len(logits), device=logits.device)
        return (F.cross_entropy(logits, truth) + F.cross_entropy(logits.T, truth)) / 2


def flop(c, batch):
    """As FLOP in lab/cuda: products and attentions, forward once and backward twice."""
    def transformer(t, w, layers):
        return layers * (24 * t * w * w + 4 * t * t * w)
    patches = (c["size"] // c["patch"]) ** 2
    image = transformer(1 + patches, c["width"], c["layers"])
    image += 2 * patches * 3 * c["patch"] ** 2 * c["width"] + 2 * c["width"] * c["embed"]
    text = transformer(c["context"], c["text_width"], c["text_layers"])
    text += 2 * c["text_width"] * c["embed"]
    return 3 * (batch * (image + text) + 2 * batch * batch * c["embed"])


def bench(name, batch, precision, compiled, device, steps):
    c = MODELS[name]
    torch.manual_seed(1)
    torch.set_float32_matmul_precision("highest" if precision == "fp32" else "high")
    model = CLIP(**c).to(device)
    run = torch.compile(model) if compiled else model
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4, (0.9, 0.98), 1e-6, 0.2,
                                  fused=device == "cuda")
    images = torch.randn(batch, 3, c["size"], c["size"], device=device)
    tokens = torch.randint(0, c["vocab"] - 1, (batch, c["context"]), device=device)
    tokens[:, -1] = c["vocab"] - 1

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            loss = run(images, tokens)
        loss.backward()
        optimizer.step()
        return loss.item()  # as Step, which gives the loss

    for _ in range(5):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    seconds = (time.perf_counter() - start) / steps
    gib = torch.cuda.max_memory_allocated() / 2**30 if device == "cuda" else 0
    print("PyTorchStep/%s/%d/%s/%s %d %.0f ns/op %.2f GiB %.2f TFLOP/s %.1f pairs/s" % (
        name, batch, precision, "compiled" if compiled else "eager", steps, seconds * 1e9, gib,
        flop(c, batch) / seconds / 1e12, batch / seconds), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cpu", action="store_true")
    arguments = parser.parse_args()
    if arguments.cpu:
        bench("S", 8, "fp32", False, "cpu", 2)
        return
    print("torch %s on %s" % (torch.__version__, torch.cuda.get_device_name()))
    for name, batches in BATCHES.items():
        for batch in batches:
            for precision in ("fp32", "tf32", "bf16"):
                for compiled in (False, True):
                    try:
                        torch.cuda.reset_peak_memory_stats()
                        bench(name, batch, precision, compiled, "cuda", 20)
                    except torch.cuda.OutOfMemoryError as e:
                        print("PyTorchStep/%s/%d/%s: %s" % (name, batch, precision, e))
                        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
