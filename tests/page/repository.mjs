// Pages of repositories made up for the purpose, by the real program against its sandbox.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.ROSTER ?? join(root, 'target/debug/roster');

const folders = [];

// Removes every repository that was made.
export function tidy() {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

class Repository {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'roster-page-'));
    folders.push(this.folder);
    this.write('roster.yaml', readFileSync(join(root, 'roster.yaml'), 'utf8'));
    this.git('init', '--quiet', '--initial-branch=main');
    this.write('.gitignore', '.roster\n*.html\n');
  }

  write(path, text) {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  examples() {
    cpSync(join(root, 'agents'), join(this.folder, 'agents'), { recursive: true });
  }

  agent(path, agent) {
    this.write(`agents/${path}.yaml`, JSON.stringify(agent, null, 2));
  }

  edit(slug, ...pairs) {
    const path = join(this.folder, `agents/${slug}.yaml`);
    let text = readFileSync(path, 'utf8');
    for (const [old, now] of pairs) {
      if (!text.includes(old)) throw new Error(`agents/${slug}.yaml does not say ${old}`);
      text = text.replace(old, () => now);
    }
    writeFileSync(path, text);
  }

  remove(slug) {
    rmSync(join(this.folder, `agents/${slug}.yaml`));
  }

  git(...args) {
    const who = ['-c', 'user.name=Palm Gate', '-c', 'user.email=office@palmgate.example'];
    execFileSync('git', [...who, ...args], { cwd: this.folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  commit() {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'files');
  }

  // Somebody's hand: both systems' users as the sandbox keeps them.
  byHand(change) {
    const path = join(this.folder, '.roster/sandbox.json');
    const state = JSON.parse(readFileSync(path, 'utf8'));
    const named = (users, login) => Object.values(users.rows).find((row) => login(row));
    change({
      crm: (login) => named(state.crm.users, (row) => row.private.email === login),
      pf: (login) => named(state.pf.users, (row) => row.email === login),
      crmUsers: state.crm.users,
    });
    writeFileSync(path, JSON.stringify(state));
  }

  run(...args) {
    const env = { ...process.env, GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'palmgate/agents' };
    for (const name of ['GITHUB_BASE_REF', 'GITHUB_EVENT_NAME', 'GITHUB_ACTIONS']) delete env[name];
    const done = spawnSync(program, args, { cwd: this.folder, env, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (done.error) throw new Error(`${program}: ${done.error.message}; cargo build makes it`);
    return done;
  }

  page(...args) {
    const path = join(this.folder, 'page.html');
    rmSync(path, { force: true });
    const done = this.run(...args, '--output', `html=${path}`);
    if (!existsSync(path)) throw new Error(`no page: exit ${done.status}\n${done.stderr}`);
    return { path, exit: done.status, html: readFileSync(path, 'utf8') };
  }

  settled() {
    const done = this.run('apply', '--sandbox');
    if (done.status !== 0) throw new Error(`apply: exit ${done.status}\n${done.stdout}${done.stderr}`);
  }
}

const newcomer = {
  status: 'active',
  role: 'agent',
  public: {
    first_name: 'نورة',
    last_name: 'السويدي',
    email: 'noura@palmgate.example',
    phone: '+971501112233',
    photo: 'https://cdn.palmgate.example/agents/noura-al-suwaidi.jpg',
    licence: '70215',
    licence_expired_at: '2028-05-31',
    position: { en: 'Sales Consultant', ar: 'مستشارة مبيعات' },
    experience_since: 2021,
    languages: ['ar', 'en'],
    nationalities: ['AE'],
    descriptions: [
      { lang: 'en', content: 'Noura sells family homes in Mirdif and Nad Al Sheba.' },
      { lang: 'ar', content: 'تبيع نورة منازل العائلات في مردف وند الشبا.' },
    ],
  },
  private: { email: 'noura.login@palmgate.example', mobile: '+971501112233', landline: '+97144201199' },
};

// Everything that a page can show, in one change.
function realistic() {
  const repository = new Repository();
  repository.examples();
  repository.agent('hana-kim', {
    status: 'active',
    public: { first_name: 'Hana', last_name: 'Kim', email: 'hana@palmgate.example', phone: '+971504445566' },
    private: { email: 'hana.login@palmgate.example', mobile: '+971504445566' },
  });
  repository.commit();
  repository.settled();
  repository.byHand(({ crm, pf, crmUsers }) => {
    crm('omar@palmgate.example').public.position = 'Head of Leasing';
    pf('omar@palmgate.example').publicProfile.position.primary = 'Head of Leasing';
    pf('chen@palmgate.example').publicProfile.phone = '+971500000000';
    pf('yousef@palmgate.example').publicProfile.bio.secondary = 'يدير يوسف فرع أبوظبي منذ عام 2006.';
    const row = structuredClone(crm('maria@palmgate.example'));
    Object.assign(row, { id: crmUsers.next_id, fields: {} });
    Object.assign(row.private, { email: 'tomas@palmgate.example' });
    Object.assign(row.public, { first_name: 'Tomás', last_name: 'Rivera', email: 'tomas@palmgate.example' });
    crmUsers.rows[crmUsers.next_id++] = row;
  });
  repository.edit(
    'sara-khan',
    ['Senior Sales Consultant', 'Associate Director'],
    ['مستشارة مبيعات أولى', 'مديرة مشاركة'],
    ['agents/sara-khan.jpg', 'agents/2026/sara-khan.jpg'],
    ['[en, ar, ur]', '[en, ar, fr]'],
    ['for twelve years', 'since 2014'],
    ['وجميرا بيتش ريزيدنس ', ''],
    ['+971509876543', '+971509876544'],
  );
  repository.edit('omar-haddad', ['Leasing Manager', 'Leasing Director']);
  repository.edit('dmitri-volkov', ['status: active', 'status: archived']);
  repository.edit('maria-santos', ['status: inactive', 'status: active']);
  repository.edit('hana-kim', ['"status": "active"', '"status": "active", "role": "gardener"']);
  repository.edit('lina-saad', ['+97144201180', '+97144201181']);
  repository.agent('noura-al-suwaidi', newcomer);
  repository.agent('tomas-rivera', {
    status: 'inactive',
    public: { first_name: 'Tomás', last_name: 'Rivera', email: 'tomas@palmgate.example', phone: '+971507778899' },
    private: { email: 'tomas@palmgate.example', mobile: '+971507778899' },
  });
  repository.remove('priya-menon');
  return repository.page('plan', '--sandbox', '--base', 'HEAD');
}

export const HOSTILE = [
  '</script><script>window.hit=1</script>',
  '"><img src=x onerror="window.hit=1">',
  "' onmouseover='window.hit=1' style='position:fixed",
  '<style>*{display:none}</style><base href=https://evil.example/>',
  '&lt;b&gt; &amp; &#x3c;i> <!-- ]]> -->',
  'javascript:window.hit=1',
  '\u202egnp.exe\u2066 \u200b\u0007 end',
  'مرحبا </td></tr></table> العالم',
];

// Data that would do harm if anything of it were read as a page.
function hostile() {
  const repository = new Repository();
  const text = (at) => HOSTILE[at % HOSTILE.length];
  const agent = (at) => ({
    status: 'active',
    public: {
      first_name: `A${at} ${text(at)}`,
      last_name: text(at + 1),
      email: `h${at}@palmgate.example`,
      phone: '+971501112233',
      licence: text(at + 2).slice(0, 30),
      position: { en: text(at + 3), ar: text(at + 4) },
      linked_in: `https://evil.example/?q="><script>window.hit=1</script>${at}`,
      descriptions: [
        { lang: 'en', content: HOSTILE.join('\n') },
        { lang: 'ar', content: text(at + 5) },
      ],
    },
    private: { email: `login${at}@palmgate.example`, mobile: '+971501112233', email_signature: text(at) },
    subscriptions: { [text(at)]: { receive_email: true } },
    fields: { 1: text(at) },
  });
  for (let at = 0; at < HOSTILE.length; at++) repository.agent(`a&b "<i>' ${at}/hostile-${at}`, agent(at));
  repository.commit();
  repository.run('plan', '--sandbox');
  for (let at = 0; at < HOSTILE.length; at++) {
    const { email } = agent(at).public;
    const other = agent(at + 3);
    repository.agent(`a&b "<i>' ${at}/hostile-${at}`, { ...other, public: { ...other.public, email }, private: agent(at).private });
  }
  repository.byHand(({ crmUsers }) => {
    for (const [at, row] of Object.values(crmUsers.rows).entries()) {
      if (row.role === 'admin') row.public.first_name = text(at);
    }
  });
  return repository.page('plan', '--sandbox', '--base', 'HEAD');
}

function large() {
  const repository = new Repository();
  const agent = (at, position) => ({
    status: 'active',
    public: {
      first_name: 'Agent',
      last_name: `Number ${at}`,
      email: `a${at}@palmgate.example`,
      phone: `+9715${String(10000000 + at)}`,
      position,
      languages: ['en', 'ar'],
      nationalities: ['AE'],
      experience_since: 2014,
      descriptions: [
        { lang: 'en', content: 'Knows which towers hold their value, which ones hear the tram, and what a sea view is worth.' },
        { lang: 'ar', content: 'يعرف أي الأبراج تحافظ على قيمتها وكم تساوي إطلالة البحر في كل طابق.' },
      ],
    },
    private: { email: `login${at}@palmgate.example`, mobile: `+9715${String(10000000 + at)}` },
  });
  const all = [...Array(3000).keys()];
  for (const at of all) repository.agent(`a${at}`, agent(at, { en: 'Consultant', ar: 'مستشار' }));
  repository.commit();
  repository.run('plan', '--sandbox');
  for (const at of all) repository.agent(`a${at}`, agent(at, { en: 'Property Consultant', ar: 'مستشار عقاري' }));
  return repository.page('plan', '--sandbox', '--base', 'HEAD');
}

function examples() {
  const repository = new Repository();
  repository.examples();
  repository.commit();
  return repository;
}

function empty() {
  const repository = examples();
  repository.settled();
  return repository.page('plan', '--sandbox', '--base', 'HEAD');
}

function invalid() {
  const repository = examples();
  repository.edit('sara-khan', ['"+971501234567"', '"0501234567"'], ['experience_since: 2014', 'experiense: 2014']);
  repository.edit('omar-haddad', ['omar@palmgate.example', 'omar at palmgate']);
  return repository.page('plan', '--sandbox');
}

export const pages = {
  realistic,
  hostile,
  large,
  empty,
  invalid,
  applied: () => examples().page('apply', '--sandbox'),
  drift: () => examples().page('drift', '--sandbox'),
};
