/* Calls to the server with the browser's session. Every outcome is a value: nothing here throws. */

const LONGEST_WAIT_MS = 30_000;
/* Browsers refuse `keepalive` above 64 KiB of bodies that are under way at once. */
const KEEPALIVE_BELOW = 16_000;

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);

/* Read at the moment of the call: signing in again in another tab changes it. */
const csrf = () => ({ "X-CSRFToken": decodeURIComponent(cookie("csrftoken") ?? "") });

/* {ok, status, type, problem, data, retryAfterMs}: status 0 means that no answer came; `problem` is in the server's words. */
export async function call(method, path, body, headers = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await attempt(`/api/v1${path}`, {
    method,
    // Outlives the page, so a last draft still arrives.
    keepalive: text !== undefined && text.length < KEEPALIVE_BELOW,
    headers: { "Content-Type": "application/json", ...csrf(), ...headers },
    body: text,
  });
  if (!response) return { ok: false, status: 0, type: "", problem: "", data: {}, retryAfterMs: 0 };
  const data = await response.json().catch(() => ({}));
  return {
    ok: response.ok,
    status: response.status,
    type: response.ok ? "" : (data.type ?? ""),
    problem: response.ok ? "" : (data.detail ?? response.statusText),
    data,
    retryAfterMs: 1000 * (Number(response.headers.get("Retry-After")) || 0),
  };
}

export const submit = (assignment, key, body) =>
  call("POST", `/assignments/${assignment}/ranking/`, body, { "Idempotency-Key": key });
export const revise = (ranking, key, body) =>
  call("POST", `/rankings/${ranking}/revise/`, body, { "Idempotency-Key": key });
export const skip = (assignment, reason) => call("POST", `/assignments/${assignment}/skip/`, { reason });
export const heartbeat = (assignment) => call("POST", `/assignments/${assignment}/heartbeat/`, {});
export const saveDraft = (assignment, draft) => call("PUT", `/assignments/${assignment}/draft/`, draft);
export const seeGuidelines = (project, version) =>
  call("POST", `/projects/${project}/guidelines-seen/`, { version: Number(version) });

/* A fragment of HTML: {html, status}; a session that has ended is status 401, no answer at all is 0. */
export async function fragment(url, body) {
  const options = { redirect: "manual" };
  if (body !== undefined) {
    options.method = "POST";
    options.headers = { "Content-Type": "application/json", ...csrf() };
    options.body = JSON.stringify(body);
  }
  const response = await attempt(url, options);
  if (!response) return { html: "", status: 0 };
  // The pages redirect who is not signed in; the API would have said 401.
  if (response.type === "opaqueredirect") return { html: "", status: 401 };
  return { html: response.ok ? await response.text().catch(() => "") : "", status: response.status };
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

async function attempt(url, options) {
  try {
    return await fetch(url, { ...options, signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
  } catch {
    return null;
  }
}
