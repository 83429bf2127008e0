// Numbers in memory, and words of tensor cores.
//
// Tensor cores read words of one tf32 or two bf16: an instruction multiplies 8 words of 16 rows of a by 8 words
// of 8 columns of b, and word w of row i lies with lane 4(i%8) + w%4 (PTX ISA 7.8, sections
// 9.7.13.4.6 and 9.7.13.4.8: m16n8k8 of .tf32 and m16n8k16 of .bf16 have the same layout in words).

static __device__ u32 tf32(float x) {
  u32 word;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(x));
  return word;
}

static __device__ u32 two_bf16(float low, float high) {
  u32 word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  return word;
}

static __device__ float load(const float* x) { return *x; }
static __device__ float load(const Bf16* x) { return __uint_as_float((u32)x->bits << 16); }
static __device__ void store(float* to, float x) { *to = x; }
static __device__ void store(Bf16* to, float x) { to->bits = (u16)two_bf16(x, 0.0f); }

// word reads one of a row of which so many numbers are left, zero beyond. Where rows are `wide`
// they start at multiples of 16 bytes and end there.
static __device__ u32 word(const float* x, int left, bool wide) {
  return left > 0 ? __float_as_uint(*x) : 0;
}

static __device__ u32 word(const Bf16* x, int left, bool wide) {
  if (wide) return left > 0 ? *(const u32*)x : 0;
  return (left > 0 ? x[0].bits : 0u) | (left > 1 ? (u32)x[1].bits << 16 : 0u);
}

// rounded makes a word in memory one of tensor cores: of fp32 a tf32.
template <class T>
static __device__ u32 rounded(u32 word) {
  return sizeof(T) == 2 ? word : tf32(__uint_as_float(word));
}

// pair writes two neighbours.
static __device__ void pair(float* to, float a, float b, int left, bool wide) {
  if (wide) {
    if (left > 0) *(float2*)to = make_float2(a, b);
    return;
  }
  if (left > 0) to[0] = a;
  if (left > 1) to[1] = b;
}

static __device__ void pair(Bf16* to, float a, float b, int left, bool wide) {
  u32 both = two_bf16(a, b);
  if (wide) {
    if (left > 0) *(u32*)to = both;
    return;
  }
  if (left > 0) to[0].bits = (u16)both;
  if (left > 1) to[1].bits = (u16)(both >> 16);
}

// mma is c += a.b, words as above, sums in fp32.
static __device__ void mma(float* c, const u32* a, const u32* b, bool two) {
  if (two)
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  else
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Tiles in shared memory have rows of CHUNKS times four words, 16 bytes. Chunks change places from
// row to row, so that the same chunk of eight rows, which is what `matrices` reads, is in all banks.
template <int CHUNKS>
static __device__ int place(int row, int word) {
  int turn = CHUNKS % 8 == 0 ? row % 8 : row / 2 % 4;
  return (row * CHUNKS + (word / 4 ^ turn)) * 4 + word % 4;
}

static __device__ u32 shared(const u32* p) { return (u32)__cvta_generic_to_shared(p); }

// fetch starts to copy 16 bytes to shared memory, or zeros; fetched ends a group of copies, and
// await waits until all but the last so many groups of this thread have arrived.
static __device__ void fetch(u32* to, const void* from, bool really) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               :
               : "r"(shared(to)), "l"(from), "r"(really ? 16 : 0)
               : "memory");
}

static __device__ void fetched() { asm volatile("cp.async.commit_group;" : : : "memory"); }

template <int LEFT>
static __device__ void await() {
  asm volatile("cp.async.wait_group %0;" : : "n"(LEFT) : "memory");
}

// matrices reads four of 8 rows of 16 bytes, of which lane 8i+r names row r of matrix i. A lane has
// word lane%4 of row lane/4 of each; TURNED, in bf16, numbers 2(lane%4) and the next of column
// lane/4.
template <bool TURNED>
static __device__ void matrices(u32* to, const u32* from) {
  if (TURNED)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(shared(from))
                 : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(shared(from))
                 : "memory");
}
