import { DeploymentsModel } from '../deployments/model';
import type { Event, IDeployment, IRelease } from '../deployments/wire';

function release(number: number, seq: number, created = number): IRelease {
  return {
    release: number,
    state: 'building',
    engine: 'process',
    created,
    phases: [],
    warnings: [],
    seq
  };
}

function deployment(name: string, ...releases: IRelease[]): IDeployment {
  return {
    name,
    title: name,
    notebook: `${name}.ipynb`,
    engine: 'process',
    releases
  };
}

const event = (seq: number): Event => ({
  seq,
  time: 0,
  kind: 'log',
  phase: 'execute',
  size: seq
});

describe('DeploymentsModel', () => {
  let model: DeploymentsModel;

  beforeEach(() => {
    model = new DeploymentsModel();
  });

  afterEach(() => {
    model.dispose();
  });

  it('lists deployments by name as the stream tells of them', () => {
    const changed = jest.fn();
    model.changed.connect(changed);
    for (const name of ['kmeans', 'alpha']) {
      model.receive({
        kind: 'release',
        deployment: deployment(name, release(1, 2)),
        release: 1,
        events: [event(1), event(2)]
      });
    }
    expect(model.deployments.map(({ name }) => name)).toEqual([
      'alpha',
      'kmeans'
    ]);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('asks to go on after the last event seen of each release', () => {
    model.receive({
      kind: 'release',
      deployment: deployment('kmeans', release(2, 4, 20), release(1, 9, 10)),
      release: 2,
      events: [event(3), event(4)]
    });
    expect(model.cursor()).toEqual({
      cursor: { 'kmeans/2': 4, 'kmeans/1': 9 },
      created: { 'kmeans/2': 20, 'kmeans/1': 10 }
    });
  });

  it('asks for all events of a release that only an answer has told of', () => {
    model.update(deployment('kmeans', release(1, 5)));
    expect(model.cursor().cursor).toEqual({ 'kmeans/1': 0 });
  });

  it('does not let a late answer undo what the stream told', () => {
    const failed: IRelease = { ...release(1, 9), state: 'failed' };
    model.receive({
      kind: 'release',
      deployment: deployment('kmeans', failed),
      release: 1,
      events: [event(9)]
    });
    model.update(deployment('kmeans', release(1, 2)));
    expect(model.get('kmeans')?.releases[0].state).toBe('failed');
    model.update(deployment('kmeans', release(2, 1), failed));
    expect(model.get('kmeans')?.releases[0].release).toBe(2);
  });

  it('forgets what was removed', () => {
    model.receive({
      kind: 'release',
      deployment: deployment('kmeans', release(1, 1)),
      release: 1,
      events: [event(1)]
    });
    model.receive({ kind: 'removed', name: 'kmeans' });
    expect(model.deployments).toEqual([]);
    expect(model.cursor().cursor).toEqual({});
  });

  it('finds the newest deployment of a notebook', () => {
    const older = deployment('one', release(1, 1, 10));
    const newer = deployment('two', release(1, 1, 20));
    newer.notebook = older.notebook;
    model.update(older);
    model.update(newer);
    expect(model.ofNotebook(older.notebook)?.name).toBe('two');
    expect(model.ofNotebook('other.ipynb')).toBeUndefined();
  });

  it('is complete once the server has caught up', () => {
    expect(model.isComplete).toBe(false);
    model.receive({ kind: 'caught-up' });
    expect(model.isComplete).toBe(true);
  });
});
