// ONNX Runtime of npm as a worker: node ort.js FOLDER. The lines are those of serve.py.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');

const modules = process.env.CLIPLAB_NODE_MODULES;
const ort = require(path.join(modules, 'onnxruntime-node'));
const version = require(path.join(modules, 'onnxruntime-node', 'package.json')).version;

const folder = process.argv[2];
const forms = ['plain', 'plain+o', 'attention', 'mha'];
const mostValues = 1 << 14;
let job = null;

function floats(name, count) {
  const bytes = Buffer.alloc(4 * count);
  const f = fs.openSync(path.join(folder, name), 'r');
  fs.readSync(f, bytes, 0, bytes.length, 0);
  fs.closeSync(f);
  return new Float32Array(bytes.buffer, bytes.byteOffset, count);
}

function source(c) {
  if (c.kind === 'text') {
    const ids = BigInt64Array.from(floats(`tokens${c.tokens}.f32`, c.batch * c.tokens), BigInt);
    return { ids: new ort.Tensor('int64', ids, [c.batch, c.tokens]) };
  }
  const data = floats('pixels.f32', c.batch * 3 * 224 * 224);
  return { pixels: new ort.Tensor('float32', data, [c.batch, 3, 224, 224]) };
}

async function prepare(c, variant, threads) {
  const stem = (c.kind === 'text' ? `text${c.tokens}` : 'image') + `-${variant}`;
  const file = path.join(folder, stem + (c.peer === 'i8' ? '.int8.onnx' : '.onnx'));
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    freeDimensionOverrides: { N: c.batch },
    extra: { session: { intra_op: { allow_spinning: threads > 1 ? '1' : '0' } } },
    logSeverityLevel: 3,
  });
  const inputs = source(c);
  const result = {};
  return {
    run: async () => Object.assign(result, await session.run(inputs)),
    output: () => result.features.data,
    close: () => session.release(),
  };
}

async function times(run, n) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let i = 0; i < n; i++) await run();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const used = process.cpuUsage(cpu);
  return { seconds, cpu: (used.user + used.system) / 1e6, peak: peakBytes() };
}

function peakBytes() {
  try {
    const status = fs.readFileSync('/proc/self/status', 'utf8');
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)[1]);
  } catch {
    return 0;
  }
}

function thin(x) {
  const step = Math.max(1, Math.ceil(x.length / mostValues));
  return Array.from(x).filter((_, i) => i % step === 0);
}

async function drop() {
  if (job) await job.close();
  job = null;
}

async function answer(r) {
  switch (r.do) {
    case 'info':
      return { name: `ONNX Runtime ${version} (npm)`, variants: { image: forms, text: forms } };
    case 'prepare':
      await drop();
      job = await prepare(r.case, r.variant, r.threads);
      return {};
    case 'drop':
      await drop();
      return {};
    case 'run':
      return times(job.run, r.times);
    case 'output':
      return { values: thin(job.output()) };
  }
  return { error: `no request ${r.do}` };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let reply;
    try {
      reply = await answer(JSON.parse(line));
    } catch (e) {
      reply = { error: String(e) };
    }
    process.stdout.write(JSON.stringify(reply) + '\n');
  }
})();
