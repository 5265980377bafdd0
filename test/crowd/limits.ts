/** What a machine has to let a process have. */

/** Descriptors for all that is no subscriber's socket. */
const others = 500;

/** Each process of the API must be able to hold all sockets at once. Node raises its own limit as far as it may. */
export function enoughFiles(sockets: number): void {
  const { userLimits } = process.report.getReport() as unknown as {
    userLimits: { open_files: { hard: number | string } };
  };
  const allowed = Number(userLimits.open_files.hard);
  if (allowed < sockets + others) {
    throw new Error(
      `${sockets} sockets need ${sockets + others} open files in one process; ulimit -Hn says ${allowed}.`,
    );
  }
}
