/** Tell the server something that the learner need not wait for; what fails is told again by the next visit. */
export function postJson(path: string, body: unknown): void {
  fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    keepalive: true,
  }).catch(() => {
    // The offline banner is already up.
  });
}
