/* Calls to the server with the browser's session. Every outcome is a value: nothing here throws. */

const LONGEST_WAIT_MS = 30_000;
/* Browsers refuse `keepalive` above 64 KiB of bodies that are under way at once. */
const KEEPALIVE_BELOW = 16_000;

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);

/* Read at the moment of the call: signing in again in another tab changes it. */
const csrf = () => ({ "X-CSRFToken": decodeURIComponent(cookie("csrftoken") ?? "") });

/* Whose page this is. In a browser that several people share, somebody else may have signed in meanwhile: the server then
   answers 401, and what was meant as one person's is stored as nobody's. */
const person = () => ({ "X-Podium-User": document.querySelector("[data-rank]").dataset.user });

/* {ok, status, type, problem, data, retryAfterMs}: status 0 means that no answer came; `problem` is in the server's words. */
export async function call(method, path, body, headers = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await attempt(`/api/v1${path}`, {
    method,
    // The API redirects nobody; a proxy that asks for a sign-in does, and its page is no answer.
    redirect: "manual",
    // Outlives the page, so a last draft still arrives.
    keepalive: text !== undefined && text.length < KEEPALIVE_BELOW,
    headers: { "Content-Type": "application/json", ...csrf(), ...person(), ...headers },
    body: text,
  });
  if (!response) return { ok: false, status: 0, type: "", problem: "", data: {}, retryAfterMs: 0 };
  const data = (await response.json().catch(() => null)) ?? {};
  return {
    ok: response.ok,
    status: response.status,
    type: response.ok ? "" : (data.type ?? ""),
    problem: response.ok ? "" : (data.detail ?? response.statusText),
    data,
    retryAfterMs: 1000 * (Number(response.headers.get("Retry-After")) || 0),
  };
}

/* Anything between here and the server may say 200, and a true answer may break off: a ranking is stored once it comes
   back with its id. */
async function store(path, key, body) {
  const answer = await call("POST", path, body, { "Idempotency-Key": key });
  return answer.ok && !Number.isInteger(answer.data.id) ? { ...answer, ok: false, status: 0 } : answer;
}

export const submit = (assignment, key, body) => store(`/assignments/${assignment}/ranking/`, key, body);
export const revise = (ranking, key, body) => store(`/rankings/${ranking}/revise/`, key, body);
export const skip = (assignment, reason) => call("POST", `/assignments/${assignment}/skip/`, { reason });
export const heartbeat = (assignment) => call("POST", `/assignments/${assignment}/heartbeat/`, {});
export const saveDraft = (assignment, draft) => call("PUT", `/assignments/${assignment}/draft/`, draft);
export const seeGuidelines = (project, version) =>
  call("POST", `/projects/${project}/guidelines-seen/`, { version: Number(version) });

/* A fragment of HTML: {html, status}; a session that has ended is status 401, no answer at all is 0. */
export async function fragment(url, body) {
  const options = { redirect: "manual", headers: person() };
  if (body !== undefined) {
    options.method = "POST";
    options.headers = { "Content-Type": "application/json", ...csrf(), ...person() };
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
