// What the program needs of MPI, without MPI's own types: their size and layout are not the same in MPICH and Open MPI,
// so that this is compiled for each of them (make mpi) and loaded by a program that knows neither.
//
// All functions are called from one thread, the one that called segbench_mpi_start.

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

/// Starts MPI and says which rank this is, of how many. Returns an error code of MPI, 0 for none, as all here.
int segbench_mpi_start(int *rank, int *count) {
  int provided, error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (error == MPI_SUCCESS && provided < MPI_THREAD_FUNNELED) error = MPI_ERR_OTHER;
  if (error == MPI_SUCCESS) error = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (error == MPI_SUCCESS) error = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  return error == MPI_SUCCESS ? MPI_Comm_size(MPI_COMM_WORLD, count) : error;
}

/// Begins to send bytes, which must stay until the request is done.
int segbench_mpi_send(const void *bytes, int size, int to, int tag, void **request) {
  MPI_Request *made = *request = malloc(sizeof(MPI_Request));
  return made ? MPI_Isend(bytes, size, MPI_BYTE, to, tag, MPI_COMM_WORLD, made) : MPI_ERR_OTHER;
}

/// Begins to receive bytes.
int segbench_mpi_receive(void *bytes, int size, int from, int tag, void **request) {
  MPI_Request *made = *request = malloc(sizeof(MPI_Request));
  return made ? MPI_Irecv(bytes, size, MPI_BYTE, from, tag, MPI_COMM_WORLD, made) : MPI_ERR_OTHER;
}

/// Says whether a request is done, and frees it if so.
int segbench_mpi_test(void *request, int *done) {
  int error = MPI_Test(request, done, MPI_STATUS_IGNORE);
  if (error == MPI_SUCCESS && *done) free(request);
  return error;
}

/// The text of an error code, of at most `size` bytes with the 0 behind it.
void segbench_mpi_error(int error, char *text, int size) {
  char whole[MPI_MAX_ERROR_STRING];
  int length = 0;
  if (MPI_Error_string(error, whole, &length) != MPI_SUCCESS) length = 0;
  if (length >= size) length = size - 1;
  memcpy(text, whole, length);
  text[length] = 0;
}

/// Ends the processes of all ranks.
void segbench_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

/// Ends MPI, as all ranks do at the same time.
int segbench_mpi_finish(void) { return MPI_Finalize(); }
