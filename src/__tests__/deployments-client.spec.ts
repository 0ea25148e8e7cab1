import { ServerConnection } from '@jupyterlab/services';
import { DeploymentsClient, RequestError } from '../deployments/client';

/** A client whose server gives this answer, and the requests it got. */
function clientOf(
  status: number,
  body: string,
  headers: Record<string, string> = {}
): { client: DeploymentsClient; requests: [string, RequestInit][] } {
  const requests: [string, RequestInit][] = [];
  jest
    .spyOn(ServerConnection, 'makeRequest')
    .mockImplementation(async (url, init) => {
      requests.push([url, init]);
      const bytes = Buffer.from(body);
      return {
        ok: status < 400,
        status,
        statusText: 'text',
        headers: { get: (name: string) => headers[name] ?? null },
        json: async () => JSON.parse(body),
        arrayBuffer: async () => bytes
      } as unknown as Response;
    });
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://127.0.0.1:1/base/'
  });
  return { client: new DeploymentsClient(settings), requests };
}

async function problemOf(action: Promise<unknown>): Promise<string> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason
  );
  expect(error).toBeInstanceOf(RequestError);
  const { problem } = error as RequestError;
  return `${problem.code}: ${problem.message}`;
}

describe('DeploymentsClient', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('posts what is to be deployed', async () => {
    const { client, requests } = clientOf(201, '{"name": "kmeans"}');
    await client.deploy({ path: 'a/k.ipynb', sample: '[1]' });
    const [[url, init]] = requests;
    expect(url).toBe('http://127.0.0.1:1/base/slipway/deployments');
    expect(init.method).toBe('POST');
    expect(JSON.parse(String(init.body))).toEqual({
      path: 'a/k.ipynb',
      sample: '[1]'
    });
  });

  it.each([
    [undefined, {}] as const,
    [{ release: 3 }, { release: 3 }] as const
  ])('starts what served last, or %j', async (request, body) => {
    const { client, requests } = clientOf(201, '{"name": "k"}');
    await client.start('k', request);
    const [[url, init]] = requests;
    expect(url).toBe('http://127.0.0.1:1/base/slipway/deployments/k/start');
    expect(init.method).toBe('POST');
    expect(JSON.parse(String(init.body))).toEqual(body);
  });

  it('asks how a notebook stands to its repository', async () => {
    const { client, requests } = clientOf(200, '{"source": {"branch": "x"}}');
    expect(await client.source('a b/é&.ipynb')).toEqual({ branch: 'x' });
    expect(requests[0][0]).toBe(
      'http://127.0.0.1:1/base/slipway/source?path=a+b%2F%C3%A9%26.ipynb'
    );
  });

  it('asks for the engines', async () => {
    const { client, requests } = clientOf(200, '{"engines": [{"name": "x"}]}');
    expect(await client.engines()).toEqual([{ name: 'x' }]);
    expect(requests[0][0]).toBe('http://127.0.0.1:1/base/slipway/engines');
  });

  it('escapes names and reads logs from an offset', async () => {
    const { client, requests } = clientOf(200, 'text', {
      'Slipway-Log-Size': '10'
    });
    const part = await client.log('a/b', 2, 'execute', 6);
    expect(requests[0][0]).toBe(
      'http://127.0.0.1:1/base/slipway/deployments/a%2Fb/releases/2/logs/execute?offset=6'
    );
    expect(Buffer.from(part.content).toString()).toBe('text');
    expect(part.size).toBe(10);
  });

  it("hands on the server's problem", async () => {
    const { client } = clientOf(
      422,
      '{"problem": {"code": "SLP560", "message": "No such name.", "severity": "error"}}'
    );
    expect(await problemOf(client.stop('x'))).toBe('SLP560: No such name.');
  });

  it('says what to run where the server extension is missing', async () => {
    const { client } = clientOf(404, '<html>');
    expect(await problemOf(client.access('x'))).toContain(
      'jupyter server extension enable jupyterlab_slipway'
    );
  });

  it('says what to do where a login has ended, and where the server fails', async () => {
    expect(await problemOf(clientOf(403, '{}').client.access('x'))).toContain(
      'Log in again'
    );
    expect(await problemOf(clientOf(500, '').client.access('x'))).toContain(
      'Its log has the details'
    );
  });

  it('says so where nobody answers', async () => {
    const { client } = clientOf(200, '{}');
    jest
      .spyOn(ServerConnection, 'makeRequest')
      .mockRejectedValue(new TypeError('Failed to fetch'));
    expect(await problemOf(client.access('x'))).toContain('does not answer');
  });
});
