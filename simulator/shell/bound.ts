/**
 * Something asked for more than this simulated machine gives, of memory or of time. It ends the program that asked, with
 * its message, and is no fault of ours.
 */
export class BoundReached extends Error {
  override name = "BoundReached";
}
