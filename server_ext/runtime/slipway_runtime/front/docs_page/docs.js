// The docs page of a service: fetches its OpenAPI document, with the token where it wants one, and shows it
// with Swagger UI. Nothing comes from elsewhere.
const KEY = 'slipway-token';
const notice = document.getElementById('notice');
const form = document.getElementById('token-form');
const input = document.getElementById('token');
const routes = document.getElementById('routes');

/** The token of `#token=…`, which is taken out of the address bar; undefined without one. */
function takeToken() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (!token) {
    return undefined;
  }
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/** Kept for this tab, so that it can be reloaded; a browser may forbid that. */
function remember(token) {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // It is asked for again.
  }
}

function remembered() {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

function say(text, isProblem = false) {
  notice.textContent = text;
  notice.hidden = !text;
  notice.setAttribute('role', isProblem ? 'alert' : 'status');
}

function askForToken(problem) {
  say('');
  document.getElementById('token-problem').textContent = problem;
  form.hidden = false;
  input.value = '';
  input.focus();
}

/** What is said once, in the description, is not shown again with each answer. */
function withoutCommonHeaders(description) {
  const operations = Object.values(description.paths).flatMap(Object.values);
  const answers = [
    ...Object.values(description.components.responses),
    ...operations.flatMap(({ responses }) => Object.values(responses))
  ];
  for (const { headers } of answers) {
    delete headers?.['X-Request-Id'];
    delete headers?.['Slipway-Release'];
  }
  return description;
}

function show(description, token) {
  document.title = `${description.info.title}: API`;
  // Where this page is, also behind a proxy that puts a path before it.
  const here = new URL('.', location.href).href.replace(/\/$/, '');
  const place = document.createElement('div'); // a new one each time: Swagger UI keeps to the one it was given
  routes.replaceChildren(place);
  const ui = SwaggerUIBundle({
    spec: { ...withoutCommonHeaders(description), servers: [{ url: here }] },
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => {
      if (token) {
        ui.preauthorizeApiKey('token', token);
      }
    }
  });
}

async function load(token) {
  form.hidden = true;
  routes.replaceChildren();
  say('Loading …');
  let response;
  try {
    response = await fetch('openapi.json', {
      cache: 'no-store',
      credentials: 'omit',
      headers: token ? { Authorization: `Bearer ${token}` } : {}
    });
  } catch (error) {
    say(
      `The service does not answer (${error.message}). Is it still running? Then load this page again.`,
      true
    );
    return;
  }
  if (response.status === 401) {
    askForToken(token ? 'The service does not accept that token.' : '');
    return;
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    say(
      `The service answered ${response.status}. ${problem.detail ?? ''}`,
      true
    );
    return;
  }
  remember(token);
  try {
    show(await response.json(), token);
    say('');
  } catch (error) {
    say(`The description cannot be shown: ${error.message}.`, true);
  }
}

const dark = matchMedia('(prefers-color-scheme: dark)');
const followScheme = () =>
  document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', followScheme);
followScheme();

form.addEventListener('submit', event => {
  event.preventDefault();
  void load(input.value.trim());
});
window.addEventListener('hashchange', () => {
  const token = takeToken();
  if (token) {
    void load(token);
  }
});
void load(takeToken() ?? remembered());
