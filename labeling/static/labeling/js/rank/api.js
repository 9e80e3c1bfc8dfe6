/* Calls to the REST API with the browser's session. Every outcome is a value: nothing here throws. */

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);

/* {ok, status, problem}: status 0 means that no answer came. `problem` is in the server's words. */
export async function call(method, path, body, headers = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      // Outlives the page, so a last draft still arrives; browsers refuse it for bodies of 64 KiB.
      keepalive: text !== undefined && text.length < 16_000,
      headers: {
        "Content-Type": "application/json",
        // Read at the moment of the call: signing in again in another tab changes it.
        "X-CSRFToken": decodeURIComponent(cookie("csrftoken") ?? ""),
        ...headers,
      },
      body: text,
    });
  } catch {
    return { ok: false, status: 0, problem: "" };
  }
  const answer = await response.json().catch(() => ({}));
  return { ok: response.ok, status: response.status, problem: response.ok ? "" : (answer.detail ?? response.statusText) };
}

export const submit = (assignment, key, body) =>
  call("POST", `/assignments/${assignment}/ranking/`, body, { "Idempotency-Key": key });
export const skip = (assignment, reason) => call("POST", `/assignments/${assignment}/skip/`, { reason });
export const heartbeat = (assignment) => call("POST", `/assignments/${assignment}/heartbeat/`, {});
export const saveDraft = (assignment, draft) => call("PUT", `/assignments/${assignment}/draft/`, draft);

/* The HTML of the task after `assignment` (or the next one); null when no answer came or the session has ended. */
export async function nextTask(url, assignment) {
  try {
    const response = await fetch(assignment ? `${url}?after=${assignment}` : url, { redirect: "manual" });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}

/* A retry is the same act: it carries the key it was born with. */
export function newKey() {
  // randomUUID exists in secure contexts only; a team's first instance is often plain http on a local network.
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* Worth another try: no answer, or a server that is busy or down. */
export const isPassing = ({ status }) => status === 0 || status === 429 || status >= 500;
export const isSignedOut = ({ status }) => status === 401 || status === 403;
