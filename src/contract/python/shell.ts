/** Reads the shell lines of IPython as far as the rules need: which programs run, and what they install. */

/** One program with its arguments. */
export interface ICommand {
  /** Quotes removed, redirections left out. */
  words: ReadonlyArray<string>;
  /** It writes its output to a file. */
  isRedirected: boolean;
}

/** The commands of a line, in order; those of a pipe one by one. */
export function commandsOf(line: string): ICommand[] {
  return splitCommands(line).flatMap(text => {
    const command = readCommand(text);
    return command.words.length ? [command] : [];
  });
}

/** Splits at `;`, `&&`, `||` and `|`, quotes and comments minded. */
function splitCommands(line: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === '\\') {
      at++;
    } else if (quote) {
      quote = char === quote ? '' : quote;
    } else if (char === '"' || char === "'") {
      quote = char;
    } else if (char === '#' && /(?:^|\s)$/.test(line.slice(0, at))) {
      parts.push(line.slice(start, at));
      return parts;
    } else if (
      char === ';' ||
      char === '|' ||
      (char === '&' && line[at - 1] !== '>' && line[at + 1] !== '>')
    ) {
      parts.push(line.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(line.slice(start));
  return parts;
}

const WORD = /(?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"?|'[^']*'?)+/g;

function readCommand(text: string): ICommand {
  const words: string[] = [];
  let isRedirected = false;
  let writes = false;
  let isTarget = false;
  for (const raw of text.match(WORD) ?? []) {
    // `x>=1` without quotes is meant for a requirement, whatever the shell makes of it.
    const redirection = /^(\d|&)?(>>?|<)(?!=)(&?)(.*)$/.exec(raw);
    if (isTarget) {
      isTarget = false;
      isRedirected ||= writes && raw !== '/dev/null';
    } else if (redirection) {
      const [, stream, sign, ampersand, target] = redirection;
      writes = sign !== '<' && stream !== '2' && !ampersand;
      isTarget = target === '';
      isRedirected ||= writes && !isTarget && target !== '/dev/null';
    } else {
      words.push(unquote(raw));
    }
  }
  return { words, isRedirected };
}

function unquote(word: string): string {
  return word.replace(
    /"((?:[^"\\]|\\[^])*)"?|'([^']*)'?|\\([^])/g,
    (_, double, single, escaped) =>
      double !== undefined
        ? double.replace(/\\([^])/g, '$1')
        : (single ?? (escaped === '\n' ? '' : escaped))
  );
}

/** A command that installs packages. */
export interface IInstallation {
  /** `pip` and the like install what `requirements` can name. */
  kind: 'pip' | 'conda' | 'system';
  /** The program, as one says it: `pip install`. */
  program: string;
  /** What stands behind `install`. */
  words: ReadonlyArray<string>;
}

const PYTHON =
  /(?:^|\/|\{sys\.executable\}|\$sys\.executable)(?:python[\d.]*)?(?:\.exe)?$/;
const PIP = /(?:^|\/)pip[\d.]*(?:\.exe)?$/;
const CONDA = /^(?:conda|mamba|micromamba)$/;
const SYSTEM =
  /^(?:apt|apt-get|aptitude|yum|dnf|apk|brew|pacman|choco|snap|zypper)$/;

/** What a command installs, if it does. */
export function installationOf({
  words
}: Pick<ICommand, 'words'>): IInstallation | undefined {
  const rest = withoutPrefix(words);
  const [first = '', second = '', third = ''] = rest;
  const found = (
    kind: IInstallation['kind'],
    program: string,
    from: number
  ): IInstallation => ({ kind, program, words: rest.slice(from) });
  if (PIP.test(first) && second === 'install') {
    return found('pip', 'pip install', 2);
  } else if (
    isPython(first) &&
    second === '-m' &&
    third === 'pip' &&
    rest[3] === 'install'
  ) {
    return found('pip', 'pip install', 4);
  } else if (first === 'uv' && second === 'pip' && third === 'install') {
    return found('pip', 'uv pip install', 3);
  } else if (
    /^(?:uv|poetry|pdm|pipenv|easy_install)$/.test(first) &&
    /^(?:add|install)$/.test(second)
  ) {
    return found('conda', `${first} ${second}`, 2);
  } else if (CONDA.test(first)) {
    return /^(?:install|create|update|env)$/.test(second)
      ? found('conda', `${first} ${second}`, 2)
      : undefined;
  } else if (SYSTEM.test(first)) {
    const at = rest.findIndex(word => /^(?:install|add|-S\w*)$/.test(word));
    return at > 0 ? found('system', `${first} ${rest[at]}`, at + 1) : undefined;
  }
  return undefined;
}

function isPython(word: string): boolean {
  return (
    word !== '' && PYTHON.test(word) && /python|sys\.executable/.test(word)
  );
}

/** Without `sudo`, and without variables that are set for the command alone. */
function withoutPrefix(words: ReadonlyArray<string>): ReadonlyArray<string> {
  const start = words.findIndex(
    word => !/^(?:sudo|env|time|yes|-[A-Z]|[A-Za-z_]\w*=.*)$/.test(word)
  );
  return start < 0 ? [] : words.slice(start);
}

/** Programs that only look, or whose failure means nothing. */
const LOOKING = new Set(
  (
    'ls dir ll pwd cd cat type head tail more less man echo printf which where whereis whoami uname hostname date ' +
    'cal df du free wc file stat tree find grep egrep rg lscpu lsb_release nproc nvidia-smi nvcc env printenv ps top ' +
    'sort uniq cut awk id uptime sleep true false test export set rem cls clear jt tee ffprobe md5sum sha256sum [ ' +
    'diff history yes exit od xxd hexdump strings column nl tac ipconfig ifconfig ldd sw_vers sysctl'
  ).split(' ')
);

const LOOKING_SUBCOMMANDS =
  /^(?:pip[\d.]* (?:list|show|freeze|--version|-V|check)|(?:conda|mamba) (?:list|info|--version)|git (?:status|log|diff|show|rev-parse|branch)|jupyter (?:--version|kernelspec|lab --version)|docker (?:ps|images)|java -?-version|uv (?:--version|pip (?:list|show|freeze)))\b/;

/** Whether nothing depends on the command: it shows something to who reads along. */
export function isLooking({ words, isRedirected }: ICommand): boolean {
  const rest = withoutPrefix(words);
  const [first = ''] = rest;
  return (
    !isRedirected &&
    (rest.length === 0 ||
      LOOKING.has(first) ||
      LOOKING_SUBCOMMANDS.test(rest.join(' ')) ||
      (rest.length === 2 && /^(?:--version|-V|--help|-h)$/.test(rest[1])))
  );
}
