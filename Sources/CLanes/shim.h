typedef float c_lanes __attribute__((ext_vector_type(8)));

/* The square roots of eight numbers. Swift's own are taken one by one, by the C library's function. */
static inline c_lanes c_square_roots(c_lanes x) { return __builtin_elementwise_sqrt(x); }
