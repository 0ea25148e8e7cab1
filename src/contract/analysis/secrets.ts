/** Finds what looks like a key, a token or a password in source text. What it finds must not be shown. */

import type { IRange } from '../types';

export interface ISecret {
  /** What it is, with its article. */
  what: string;
  /** Where the secret itself stands. */
  range: IRange;
  /** The name that it is given, where there is one. */
  name?: string;
}

/** Forms by which providers let their keys be recognised. */
const FORMS: ReadonlyArray<[what: string, form: RegExp]> = [
  ['an AWS access key', /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g],
  [
    'a GitHub token',
    /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{36,})/g
  ],
  ['a GitLab token', /\bglpat-[\w-]{20,}/g],
  [
    'a Slack token',
    /\bxox[abeoprs]-[A-Za-z0-9-]{16,}|hooks\.slack\.com\/services\/T\w{6,}\/B\w{6,}\/\w{16,}/g
  ],
  ['an API key', /\bsk-(?:[a-z]{3,8}-)?(?:[a-z]{3}\d\d-)?[A-Za-z0-9_-]{20,}/g],
  ['a Google API key', /\bAIza[\w-]{35}(?![\w-])/g],
  ['a Google client secret', /\bGOCSPX-[\w-]{28}/g],
  ['a Stripe key', /\b[rs]k_live_[A-Za-z0-9]{16,}/g],
  ['a Hugging Face token', /\bhf_[A-Za-z0-9]{30,}\b/g],
  ['a SendGrid key', /\bSG\.[\w-]{16,}\.[\w-]{32,}/g],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['a PyPI token', /\bpypi-AgE[\w-]{40,}/g],
  ['a Databricks token', /\bdapi[0-9a-f]{32}\b/g],
  [
    'a private key',
    /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=:, \\\n-]{40,4000}/g
  ],
  ['a signed token', /\beyJ[\w-]{10,500}\.eyJ[\w-]{10,4000}\.[\w-]{16,1000}/g]
];

const ANY_FORM =
  /A[A-Z]IA|ACCA|AIza|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|hooks\.slack|sk-|GOCSPX-|k_live_|hf_|SG\.|npm_|pypi-|dapi|PRIVATE KEY|eyJ/;

const URL_PASSWORD =
  /\b[a-z][a-z0-9+.-]{1,30}:\/\/([^\s/:@'"{}<>$]{0,100}):([^\s/:@'"{}<>$%][^\s/@'"{}<>$]{2,200})@[\w.[-]/gi;

const KEY_WORDS =
  'pass(?:word|wd|phrase)|pwd|secret(?:_?key)?|(?:api|access|auth|account|subscription|private|encryption|signing|consumer|app)_?(?:key|secret)|api_?token|(?:access|auth|bearer|refresh|bot|oauth|personal)_?token|client_?secret|token|credentials?';

/** A name, or a key of a dict, and the literal that it is given. */
const ASSIGNMENT = new RegExp(
  `(?:\\b|(?<=_))((?:[A-Za-z]\\w{0,40}_)?(?:${KEY_WORDS}))\\b['"]?\\s{0,9}\\]?\\s{0,9}(?::\\s{0,9}(?:str\\s{0,9}=\\s{0,9})?|=(?!=)\\s{0,9}|,\\s{0,9})[rRbBuU]?(['"])((?:(?!\\2)[^\\\\\\n]){6,300})\\2`,
  'gi'
);

const ENVIRONMENT = new RegExp(
  `^[ \\t]*%(?:set_)?env[ \\t]{1,9}((?:\\w{0,40}_)?(?:${KEY_WORDS}))[ =][ \\t]*(\\S{6,300})`,
  'gim'
);

const BEARER =
  /\b(?:Bearer|Basic|token)\s{1,9}([A-Za-z0-9+/=._~-]{20,})(?=['"])/g;

/** What stands where a secret would. */
const PLACEHOLDER =
  /^(?:[x*.•_#?0-]+|\.\.\.|hunter2)$|your|my[-_ ]?|xxx|\*\*\*|\.\.\.|…|<|>|\{|\}|\$|%\(|%s|example|change|dummy|fake|sample|placeholder|todo|fixme|insert|replace|redacted|removed|hidden|secret|password|passwd|default|foobar|token|apikey|api[-_ ]key|12345|abcdef|qwerty|letmein|welcome|(?<![a-z])(?:enter|here|test|demo|none|null|admin|guest)(?![a-z])/i;

export function secretsIn(source: string): ISecret[] {
  const found: ISecret[] = [];
  const add = (secret: ISecret) => {
    const { from, to } = secret.range;
    const isKnown = found.some(
      ({ range }) => range.from < to && from < range.to
    );
    if (!isKnown) {
      found.push(secret);
    }
  };
  if (ANY_FORM.test(source)) {
    for (const [what, form] of FORMS) {
      for (const { 0: text, index } of source.matchAll(form)) {
        const isReal =
          what === 'a private key'
            ? !/\.\.\.|…|xxx/i.test(text)
            : !/example|xxxx|\.\.\.|your|12345678|00000000/i.test(text) &&
              isMixed(text.slice(4));
        if (isReal) {
          add({ what, range: { from: index, to: index + text.length } });
        }
      }
    }
  }
  if (source.includes('://')) {
    for (const match of source.matchAll(URL_PASSWORD)) {
      const [text, user, password] = match;
      if (
        !PLACEHOLDER.test(password) &&
        password !== user &&
        password.length > 5
      ) {
        const from = match.index + text.lastIndexOf(password);
        const range = { from, to: from + password.length };
        add({ what: 'a password in a URL', range });
      }
    }
  }
  if (ANY_NAME.test(source)) {
    assigned(source).forEach(add);
  }
  return found.sort((a, b) => a.range.from - b.range.from);
}

const ANY_NAME = /pass|pwd|secret|key|token|credential|bearer|basic/i;

function assigned(source: string): ISecret[] {
  const found: ISecret[] = [];
  for (const match of source.matchAll(ASSIGNMENT)) {
    const [text, name, , value] = match;
    if (isReal(name, value)) {
      const to = match.index + text.length;
      const range = { from: to - value.length - 2, to };
      found.push({ what: nounOf(name), range, name });
    }
  }
  for (const match of source.matchAll(ENVIRONMENT)) {
    const [text, name, value] = match;
    if (isReal(name, value)) {
      const to = match.index + text.length;
      const range = { from: to - value.length, to };
      found.push({ what: nounOf(name), range });
    }
  }
  for (const match of source.matchAll(BEARER)) {
    const [text, value] = match;
    if (!PLACEHOLDER.test(value) && isMixed(value)) {
      const to = match.index + text.length;
      found.push({ what: 'a token', range: { from: to - value.length, to } });
    }
  }
  return found;
}

function nounOf(name: string): string {
  return /pass|pwd/i.test(name)
    ? 'a password'
    : /token/i.test(name)
      ? 'a token'
      : 'a secret key';
}

/** Whether a value is one that somebody would want to keep. */
function isReal(name: string, value: string): boolean {
  if (/\s/.test(value) || PLACEHOLDER.test(value)) {
    return false;
  } else if (/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(value)) {
    // The name of an environment variable.
    return false;
  } else if (/^[\w.-]*[/\\][\w./\\-]*\.\w{1,5}$|^https?:/.test(value)) {
    return false; // A file, or an address.
  }
  return /pass|pwd/i.test(name)
    ? /\d/.test(value) && /[A-Za-z]/.test(value)
    : value.length >= 16 &&
        isMixed(value) &&
        !/^[a-z]+(?:[-_.][a-z0-9]+)*$/.test(value);
}

/** Letters and digits, and not the same ones again and again. */
function isMixed(text: string): boolean {
  return (
    /\d/.test(text) &&
    /[A-Za-z]/.test(text) &&
    new Set(text).size >= Math.min(8, text.length / 2)
  );
}
