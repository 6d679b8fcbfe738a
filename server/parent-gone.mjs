/**
 * Tells when the shell that npm started us in is gone.
 *
 * `npm start` runs `sh -c "node ..."`. A SIGTERM to npm reaches that shell and ends it, but a shell passes nothing on: the
 * program would run on as an orphan. Its parent's number changes then. Windows keeps the number, and has no SIGTERM.
 */

const LOOK_EVERY_MS = 250;

/**
 * Call back once when the npm script's shell has ended. Does nothing for a program that was not started by npm.
 *
 * @param {() => void} callback
 */
export function whenParentGone(callback) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_MS);
  timer.unref();
}
