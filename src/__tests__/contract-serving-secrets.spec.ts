import { notebook, problemsOf } from './contract-notebooks';
import { firstFix, fixed, texts } from './contract-serving';

// Put together here, so that no scanner takes this file for a leak.
const LETTERS = 'aB3dE5gH7jK9mN2pQ4sT6vW8xY1zC0fR';
const of = (prefix: string, length: number) =>
  prefix + (LETTERS + LETTERS + LETTERS).slice(0, length);

const AWS = `AKIA${'QWERTZ2345UIOPAS'.slice(0, 16)}`;
const JWT = `eyJ${of('', 20)}.eyJ${of('', 30)}.${of('', 43)}`;

describe('secret-in-source', () => {
  it.each([
    ['AWS', AWS],
    ['GitHub', of('ghp_', 36)],
    ['GitHub', of('github_pat_', 50)],
    ['GitLab', of('glpat-', 20)],
    ['Slack', of('xoxb-', 30)],
    ['sk-', of('sk-', 48)],
    ['sk-proj-', of('sk-proj-', 60)],
    ['sk-ant-', of('sk-ant-api03-', 60)],
    ['Google', of('AIza', 35)],
    ['Stripe', of('sk_live_', 24)],
    ['Hugging Face', of('hf_', 34)],
    ['JWT', JWT]
  ])('knows the form of %s', (_, key) => {
    expect(texts('SLP308', `client = connect("${key}")`)).toEqual([key]);
    expect(texts('SLP308', `%env KEY=${key}`)).toEqual([key]);
  });

  const HEX = '9f86d081884c7d659a2feaa0c55ad015';

  it.each([
    ['password = "s3cr3t-9f2b"', '"s3cr3t-9f2b"'],
    ['DB_PASSWORD = "s3cr3t-9f2b"', '"s3cr3t-9f2b"'],
    ['connect(user="a", passwd="s3cr3t-9f2b")', '"s3cr3t-9f2b"'],
    ['c = {"password": "s3cr3t-9f2b"}', '"s3cr3t-9f2b"'],
    ['import os\nos.environ["API_KEY"] = "HEX"', '"HEX"'],
    ['import os\nos.environ.setdefault("API_KEY", "HEX")', '"HEX"'],
    ['api_key = "HEX"', '"HEX"'],
    ['client.api_key = "HEX"', '"HEX"'],
    ['client_secret: str = "HEX"', '"HEX"'],
    ['apiKey = "HEX"', '"HEX"'],
    ['%env API_TOKEN=HEX', 'HEX'],
    ['h = {"Authorization": "Bearer HEX"}', 'HEX'],
    ['url = "postgresql://ada:s3cr3t9f@db.internal/x"', 's3cr3t9f'],
    ['!curl -H "Authorization: Bearer HEX" x', 'HEX']
  ])('finds %s', (source, text) => {
    const put = (each: string) => each.replace('HEX', HEX);
    expect(texts('SLP308', put(source))).toEqual([put(text)]);
  });

  it('finds a private key', () => {
    const body = of('', 64);
    const key = `-----BEGIN RSA ${'PRIVATE'} KEY-----\n${body}\n-----END`;
    expect(problemsOf('SLP308', `k = """${key}"""`)).toHaveLength(1);
  });

  it.each([
    'password = ""',
    'password = "password"',
    'password = "changeme"',
    'password = "your-password-1"',
    'password = "<password1>"',
    'password = "xxxxxx"',
    'password = "********"',
    'password = os.environ["PASSWORD"]',
    'password = getpass.getpass("Password 1: ")',
    'password = f"{prefix}1234567"',
    'PASSWORD_VARIABLE = "DB_PASSWORD_1"',
    'password_field = "password1"',
    'password = "correct"',
    'api_key = "YOUR_API_KEY_GOES_HERE_1"',
    'api_key = "sk-..."',
    'api_key = "sk-xxxxxxxxxxxxxxxxxxxxxxxx"',
    'token = "[PAD]"',
    'pad_token = "<|endoftext|>"',
    'token = "hello-world-and-more-words"',
    'tokens = ["abc123abc123abc123abc123"]',
    'token_pattern = r"(?u)\\b\\w\\w+\\b1234567"',
    'primary_key = "customer_id_2024_a1b2c3"',
    'key = "abc123abc123abc123abc123"',
    'sort_key = "9f86d081884c7d659a2feaa0c55ad015"',
    'sha256 = "9f86d081884c7d659a2feaa0c55ad015"',
    'commit = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"',
    'secret_file = "config/secret-2024.json"',
    'secret = "config/secrets-2024/prod.json"',
    'token_url = "https://example.org/oauth2/token"',
    'url = "https://example.org:8080/a@b"',
    'url = "postgresql://postgres:postgres@localhost/x"',
    'url = "postgresql://user:password@localhost/x"',
    'url = f"postgresql://{user}:{password}@localhost/x"',
    'email = "mailto:ada@example.org"',
    'key = "AKIAIOSFODNN7EXAMPLE"',
    'text = "the secret: attack at dawn, 10 am"',
    'if token == "9f86d081884c7d659a2feaa0c55ad015": pass',
    'x = "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----"',
    'model = "sk-learn-and-some-other-words-here"',
    'risk = "task-force-and-other-long-words-1"',
    'y = df["password_strength"]'
  ])('is silent about %s', source => {
    expect(texts('SLP308', source)).toEqual([]);
  });

  it('never repeats what it finds', () => {
    const secrets = [AWS, of('sk-', 48), 's3cr3t-9f2b'];
    const source = secrets.map(each => `password = "${each}"`).join('\n');
    const problems = problemsOf('SLP308', source);
    expect(problems).toHaveLength(3);
    const said = JSON.stringify(
      problems.map(({ message, fixes }) => [message, fixes])
    );
    secrets.forEach(secret => expect(said).not.toContain(secret));
  });

  it.each([
    [
      ['db_password = "s3cr3t-9f2b"'],
      ['import os\ndb_password = os.environ["DB_PASSWORD"]']
    ],
    [
      ['import os', 'connect(password="s3cr3t-9f2b")'],
      ['import os', 'connect(password=os.environ["PASSWORD"])']
    ],
    [
      [
        '"""Visits."""\r\nfrom __future__ import annotations\r\ndb_password = "s3cr3t-9f2b"'
      ],
      [
        '"""Visits."""\r\nfrom __future__ import annotations\r\nimport os\r\ndb_password = os.environ["DB_PASSWORD"]'
      ]
    ]
  ])('reads it from the environment, by choice: %s', (before, after) => {
    expect(firstFix('SLP308', notebook(...before)).safe).toBe(false);
    expect(fixed('SLP308', before)).toEqual(after);
    expect(problemsOf('SLP308', ...after)).toEqual([]);
  });

  const SK = of('sk-proj-', 60);
  const GHP = of('ghp_', 36);

  it.each([
    [`API_KEY = '${SK}'`, 'API_KEY = os.environ["API_KEY"]'],
    [`token = "${GHP}"`, 'token = os.environ["TOKEN"]'],
    [`openai.api_key = "${SK}"`, 'openai.api_key = os.environ["API_KEY"]'],
    [`c = Client(key='${SK}')`, 'c = Client(key=os.environ["KEY"])'],
    [`c = {"gh": "${GHP}"}`, 'c = {"gh": os.environ["GH"]}'],
    [`c = Github("${GHP}")`, 'c = Github(os.environ["GITHUB_TOKEN"])'],
    [`key: str = "${SK}"`, 'key: str = os.environ["KEY"]']
  ])('reads keys of known forms from the environment: %s', (source, after) => {
    const sources = ['import os', source];
    expect(fixed('SLP308', sources)).toEqual(['import os', after]);
    expect(firstFix('SLP308', notebook(...sources)).note).toContain(
      'Environment variables for cells'
    );
  });

  it('removes a line that sets the variable: a look would give what it sets', () => {
    const source = `import os\nos.environ['AWS_SECRET_ACCESS_KEY'] = 'q8Zk2${LETTERS}'  # mine\nx = 1`;
    const fix = firstFix('SLP308', notebook(source));
    expect(fix.title).toContain('set AWS_SECRET_ACCESS_KEY in the env');
    expect(fixed('SLP308', [source])).toEqual(['import os\nx = 1']);
  });

  it('finds a password that has a placeholder in it', () => {
    const values = ['hunter2hunter2', 'there4nightly', 'contest-9x'];
    for (const value of values) {
      expect(texts('SLP308', `db_password = '${value}'`)).toHaveLength(1);
    }
    for (const value of ['hunter2', 'my-test-key-1', 'demo_1234']) {
      expect(texts('SLP308', `db_password = '${value}'`)).toEqual([]);
    }
  });

  it.each([
    `x = "a ${AWS} b"`,
    `x = "Bearer ${GHP}"`,
    `x = b"${GHP}"`,
    `x = f"${GHP}"`,
    `print("a" "${GHP}")`
  ])('has no fix within a text, or of another kind', source => {
    const [{ fixes }] = problemsOf('SLP308', source);
    expect(fixes).toBeUndefined();
  });
});
