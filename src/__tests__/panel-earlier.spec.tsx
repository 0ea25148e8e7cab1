import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import type { IRelease, ReleaseState } from '../deployments/wire';
import { DeploymentCard } from '../panel/DeploymentCard';
import type { PanelModel } from '../panel/model';
import { firstSentence } from '../panel/words';
import { deploymentOf, release as made } from './deployment-fixtures';

const trans = nullTranslator.load('jupyterlab_slipway');
const TITLE = 'Go back to an earlier release';
const SOURCE = {
  repository: null,
  revision: '1a2b3c4d'.repeat(5),
  ref: 'harbour',
  path: 'a.ipynb',
  dirty: false
};

function release(
  number: number,
  state: ReleaseState,
  more: Partial<IRelease> = { kept: true }
): IRelease {
  const created = Date.UTC(2026, 10, number, 12);
  return made(number, state, { created, ...more });
}

/** Shows the card of these releases, newest first; the answer shows others in their place. */
function show(
  start: (name: string, request: unknown) => Promise<unknown>,
  ...releases: IRelease[]
): (...releases: IRelease[]) => void {
  const model = {
    isOpen: () => true,
    setOpen: () => undefined,
    log: () => ({
      lines: () => [],
      lineCount: 0,
      failure: '',
      changed: { connect: () => true, disconnect: () => true }
    }),
    deployments: {
      client: { start, access: () => new Promise(() => undefined) }
    }
  } as unknown as PanelModel;
  const card = (...releases: IRelease[]) => {
    return (
      <DeploymentCard
        deployment={deploymentOf(releases)}
        model={model}
        openNotebook={async () => undefined}
        redeploy={async () => undefined}
        trans={trans}
      />
    );
  };
  const { rerender } = render(card(...releases));
  return (...releases) => rerender(card(...releases));
}

const never = () => new Promise(() => undefined);

function open(): void {
  const details = screen.getByText(TITLE).closest('details')!;
  details.open = true;
  fireEvent(details, new Event('toggle'));
}

const radios = () =>
  screen.queryAllByRole('radio').map(radio => {
    const names = radio.getAttribute('aria-labelledby')!.split(' ');
    return names.map(id => document.getElementById(id)!.textContent).join(' ');
  });
const plan = () =>
  within(screen.getByText(TITLE).closest('details')!).getByRole('status')
    .textContent;

describe('EarlierReleases', () => {
  it.each([
    ['there is but one', [release(1, 'live')]],
    ['the only one was stopped', [release(1, 'stopped')]],
    ['the others never served', [release(2, 'live'), release(1, 'failed', {})]],
    ['none is kept any more', [release(2, 'live'), release(1, 'replaced', {})]],
    [
      'the next one is on its way',
      [release(3, 'building', {}), release(2, 'live'), release(1, 'replaced')]
    ]
  ])('shows nothing where %s', (_, releases) => {
    show(never, ...releases);
    expect(screen.queryByText(TITLE)).toBeNull();
  });

  it('is a closed line until it is opened', () => {
    show(never, release(2, 'live'), release(1, 'replaced'));
    expect(screen.getByText(TITLE).tagName).toBe('SUMMARY');
    expect(radios()).toEqual([]);
  });

  it('lists what can be served again, from what and how it ended', () => {
    const problem = {
      code: 'SLP552',
      message: 'The service is gone. The log says more.',
      severity: 'error'
    } as const;
    show(
      never,
      release(6, 'failed', { of: 1, problem: { ...problem, code: 'SLP554' } }),
      release(4, 'live', { of: 2, source: SOURCE, kept: true }),
      release(3, 'lost', { kept: true, problem }),
      release(2, 'stopped', { source: SOURCE }),
      release(1, 'replaced', { pulled: 'r.example/a@sha256:1', kept: true })
    );
    open();
    expect(radios()).toEqual([
      'Release 3 lost',
      'Release 2 live as release 4',
      'Release 1 replaced'
    ]);
    const [third, second, first] = screen.getAllByRole('radio');
    expect((second as HTMLInputElement).checked).toBe(true);
    const text = (radio: HTMLElement) =>
      document.getElementById(radio.getAttribute('aria-describedby')!)!
        .textContent;
    const time = new Date(Date.UTC(2026, 10, 3, 12));
    expect(text(third)).toContain('2026');
    expect(text(third)).toContain('from the notebook');
    expect(text(third)).toContain('SLP552: The service is gone.');
    expect(text(third)).not.toContain('The log says more');
    expect(text(second)).toContain('from 1a2b3c4 (harbour)');
    expect(text(first)).toContain('from a registry');
    // Why is said above: it is the card's own problem.
    expect(text(first)).toMatch(/Release 6, which was to serve it, failed\.$/);
    expect(
      document.querySelector(`time[datetime="${time.toISOString()}"]`)
    ).not.toBeNull();
  });

  it('says why a build could not be served again, also after that', () => {
    const problem = {
      code: 'SLP554',
      message: 'It answers otherwise. Build it again.',
      severity: 'error'
    } as const;
    show(
      never,
      release(4, 'cancelled', {}),
      release(3, 'failed', { of: 1, problem }),
      release(2, 'live'),
      release(1, 'replaced')
    );
    open();
    expect(
      screen.getByText('Release 3, which was to serve it, failed.').nextSibling
        ?.textContent
    ).toBe('SLP554: It answers otherwise.');
  });

  it('says what happens before it happens, and then asks for that release', async () => {
    const start = jest.fn(never);
    show(
      start,
      release(3, 'live'),
      release(2, 'replaced', { of: 1, kept: true }),
      release(1, 'stopped', {})
    );
    open();
    expect(screen.queryByRole('button', { name: /again$/ })).toBeNull();
    fireEvent.click(screen.getAllByRole('radio')[1]);
    expect(start).not.toHaveBeenCalled();
    expect(plan()).toBe(
      'Release 1 takes the place of release 3, with the same address and token; ' +
        'release 3 serves until release 1 has passed its checks. It is then called release 4 (of 1).'
    );
    const button = screen.getByRole('button', {
      name: 'Serve release 1 again'
    });
    fireEvent.click(button);
    fireEvent.click(button);
    expect(start.mock.calls).toEqual([['a', { release: 2 }]]);
    expect(button.getAttribute('aria-disabled')).toBe('true');
  });

  it('takes the choice back where that which serves is chosen', () => {
    show(never, release(2, 'live'), release(1, 'replaced'));
    open();
    fireEvent.click(screen.getAllByRole('radio')[1]);
    fireEvent.click(screen.getAllByRole('radio')[0]);
    expect(screen.queryByRole('button', { name: /again$/ })).toBeNull();
    expect(plan()).toContain('Nothing is run or built');
  });

  it('says so where the address does not answer for a moment', () => {
    show(
      never,
      release(2, 'live'),
      release(1, 'replaced', { engine: 'docker', kept: true })
    );
    open();
    fireEvent.click(screen.getAllByRole('radio')[1]);
    expect(plan()).toContain(
      'One runs on Process, the other on Docker, so the address does not answer for a moment in between.'
    );
  });

  it('leads back where nothing runs, too', () => {
    const start = jest.fn(never);
    show(start, release(2, 'lost'), release(1, 'replaced'));
    open();
    for (const radio of screen.getAllByRole('radio')) {
      expect((radio as HTMLInputElement).checked).toBe(false);
    }
    fireEvent.click(screen.getAllByRole('radio')[1]);
    expect(plan()).toBe(
      'Release 1 serves at the same address, with the same token, as soon as it has passed its checks. It is then called release 3 (of 1).'
    );
  });

  it('says why it was refused, and can be pressed again', async () => {
    const start = jest.fn(async () => {
      throw new Error('The image of release 1 of a is not in docker any more.');
    });
    show(start, release(2, 'live'), release(1, 'replaced'));
    open();
    fireEvent.click(screen.getAllByRole('radio')[1]);
    const button = screen.getByRole('button', {
      name: 'Serve release 1 again'
    });
    await act(async () => {
      fireEvent.click(button);
    });
    expect((await screen.findByRole('alert')).textContent).toContain(
      'not in docker any more'
    );
    expect(button.getAttribute('aria-disabled')).toBe('false');
  });

  it('leaves the keyboard in the card when the next release takes the place of this one', () => {
    const again = show(never, release(2, 'live'), release(1, 'replaced'));
    open();
    fireEvent.click(screen.getAllByRole('radio')[1]);
    screen.getByRole('button', { name: 'Serve release 1 again' }).focus();
    again(
      release(3, 'building', { of: 1 }),
      release(2, 'live'),
      release(1, 'replaced')
    );
    expect(document.activeElement?.className).toBe('jp-Slipway-deploymentHead');
  });
});

describe('DeploymentCard, back at an earlier release', () => {
  const back = [
    release(3, 'live', { of: 1, kept: true }),
    release(2, 'replaced'),
    release(1, 'replaced', {})
  ];
  const head = () => screen.getByRole('button', { expanded: true }).textContent;

  it('says which build is live, and that there is a newer one', () => {
    show(never, ...back);
    expect(head()).toBe('alive, back at release 1');
    expect(screen.getByRole('note').textContent).toMatch(
      /^Live is the build of release 1, of .*2026.*\. Release 2 is newer\.$/
    );
  });

  it('says so too while a later release has failed', () => {
    show(never, release(4, 'failed', {}), ...back);
    expect(head()).toBe('alive, back at release 1release 4: failed');
  });

  it('says nothing of it where the newest build serves again', () => {
    show(
      never,
      release(3, 'live', { of: 2, kept: true }),
      release(2, 'stopped', {}),
      release(1, 'replaced')
    );
    expect(head()).toBe('alive');
    expect(screen.queryByRole('note')).toBeNull();
  });
});

describe('firstSentence', () => {
  it.each([
    ['One. Two.', 'One.'],
    ['Release 1.2 of a.b is gone.\nMore.', 'Release 1.2 of a.b is gone.'],
    ['no stop', 'no stop']
  ])('of %j', (text, first) => {
    expect(firstSentence(text)).toBe(first);
  });
});
