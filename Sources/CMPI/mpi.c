// What the program needs of MPI, without MPI's own types: their size and layout are not the same in MPICH and Open MPI,
// so that this is compiled for each of them (make mpi) and loaded by a program that knows neither.
//
// All functions are called from one thread, the one that called segbench_mpi_start.

#define _GNU_SOURCE
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

#ifdef OPEN_MPI

/// Ends MPI, as all ranks do at the same time.
int segbench_mpi_finish(void) { return MPI_Finalize(); }

#else

static void *finalize(void *unused) {
  MPI_Finalize();
  return unused;
}

/// Leaves without what libraries would do at the end.
static void leave(int status, void *unused) {
  (void)unused;
  fflush(NULL);
  _exit(status);
}

/// Says something to mpiexec in the words of PMI 1, and reads its answer.
static void tell(int descriptor, const char *words) {
  char answer[256];
  if (write(descriptor, words, strlen(words)) > 0 && read(descriptor, answer, sizeof answer) < 0) return;
}

/// Ends MPI, as all ranks do at the same time.
///
/// In MPICH 4.0 with UCX over TCP it may never end: a rank that comes a little later than the others waits for their answer
/// to its farewell, while they wait for it at mpiexec's barrier, where they don't look for farewells. All work is done by
/// then, so that after some seconds it passes the barrier without MPI. It is told from the others by the processor's time
/// that it uses: who is at the barrier sleeps.
int segbench_mpi_finish(void) {
  pthread_t thread;
  clockid_t used;
  struct timespec end, spent = {0, 0};
  if (pthread_create(&thread, NULL, finalize, NULL) != 0) return MPI_Finalize();
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += 5;
  if (pthread_timedjoin_np(thread, NULL, &end) == 0) return MPI_SUCCESS;
  const char *descriptor = getenv("PMI_FD");
  if (descriptor && pthread_getcpuclockid(thread, &used) == 0) clock_gettime(used, &spent);
  if (spent.tv_sec > 0 || spent.tv_nsec > 300000000) {
    tell(atoi(descriptor), "cmd=barrier_in\n");
    tell(atoi(descriptor), "cmd=finalize\n");
    on_exit(leave, NULL);
    return MPI_SUCCESS;
  }
  end.tv_sec += 30;
  if (pthread_timedjoin_np(thread, NULL, &end) != 0) on_exit(leave, NULL);
  return MPI_SUCCESS;
}

#endif
