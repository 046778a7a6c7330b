/**
 * The first tables. pg-boss has a schema of its own (`pgboss`) with the queue; `requests` is what callers see of it.
 * A request's row and its job have the same id and change in the same transaction.
 */
export const FIRST_TABLES = `
create table keys (
  id uuid primary key,
  name text not null,
  -- sha256 of the secret, which is random and long; null: the nameless caller of a server without keys
  secret_hash bytea,
  scopes text[] not null,
  -- null: no limit
  max_concurrency integer check (max_concurrency > 0),
  requests_per_minute integer check (requests_per_minute > 0),
  budget_usd numeric(14, 4) check (budget_usd >= 0),
  -- sum of the key's ledger, kept by a trigger
  spent_usd numeric(14, 6) not null default 0,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
insert into keys (id, name, scopes)
  values ('00000000-0000-0000-0000-000000000000', 'without a key', '{run,files,admin}');

create table rate_counters (
  key_id uuid not null references keys,
  minute timestamptz not null,
  requests integer not null,
  primary key (key_id, minute)
);

create table secrets (name text primary key, value bytea not null, created_at timestamptz not null default now());

create table requests (
  id uuid primary key,
  key_id uuid not null references keys,
  endpoint text not null,
  state text not null check (state in ('IN_QUEUE', 'IN_PROGRESS', 'COMPLETED')),
  -- set when COMPLETED
  outcome text check (outcome in ('ok', 'error', 'cancelled')),
  -- the body as sent; long data URIs are files of kind 'input', written parlante-input:<file id>.
  -- json and not jsonb: it keeps what jsonb refuses, such as \\u0000, and the order of the fields
  input json,
  input_hash bytea not null,
  -- {"video": {"url": "parlante-file:<file id>", ...}}
  output jsonb,
  -- what the caller gets instead of an output: HTTP status and body
  status_code integer,
  error_body json,
  error_type text,
  error_message text,
  is_sync boolean not null default false,
  may_retry boolean not null default true,
  stores_payloads boolean not null default true,
  priority integer not null default 0,
  start_deadline timestamptz,
  -- of a sync request: how long the caller is known to be waiting; renewed by the process that has the line
  held_until timestamptz,
  file_lifecycle jsonb,
  webhook_url text,
  -- public address under which files can be fetched, for the webhook
  file_base text not null,
  tags jsonb,
  runner_hint text,
  auth_method text not null,
  attempt integer not null default 0,
  -- of the process that works on it
  worker_id uuid,
  -- [0, 1]
  progress real not null default 0,
  inference_seconds double precision,
  -- of the finished video: seconds per stage, length in seconds, frames
  timings jsonb,
  video_seconds double precision,
  frame_count integer,
  billable_units numeric(14, 4),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  -- when input, output and error_body are forgotten
  payloads_expire_at timestamptz,
  check ((state = 'COMPLETED') = (outcome is not null))
);
create index requests_queued on requests (priority desc, created_at) where state = 'IN_QUEUE';
create index requests_open on requests (key_id) where state <> 'COMPLETED';
create index requests_deadline on requests (start_deadline) where state = 'IN_QUEUE' and start_deadline is not null;
create index requests_held on requests (held_until) where state <> 'COMPLETED' and held_until is not null;
create index requests_by_key on requests (key_id, ended_at desc);
create index requests_by_end on requests (ended_at desc, id) where ended_at is not null;
create index requests_payloads on requests (payloads_expire_at) where payloads_expire_at is not null;

create table request_logs (
  request_id uuid not null references requests on delete cascade,
  sequence bigint generated always as identity,
  message text not null,
  level text not null check (level in ('STDERR', 'STDOUT', 'ERROR', 'INFO', 'WARN', 'DEBUG')),
  source text not null default 'USER',
  at timestamptz not null default clock_timestamp(),
  primary key (request_id, sequence)
);

create table ledger (
  id bigint generated always as identity primary key,
  -- one request is billed once, whatever happens
  request_id uuid not null unique,
  key_id uuid not null references keys,
  endpoint text not null,
  units numeric(14, 4) not null,
  unit text not null,
  unit_price numeric(14, 6) not null,
  cost numeric(14, 6) not null,
  auth_method text not null,
  created_at timestamptz not null default now()
);
create index ledger_by_key on ledger (key_id, created_at);
create index ledger_by_time on ledger (created_at);

create function add_to_spent() returns trigger language plpgsql as $$
begin
  execute format('update %I.keys set spent_usd = spent_usd + $1 where id = $2', tg_table_schema)
    using new.cost, new.key_id;
  return null;
end
$$;
create trigger ledger_adds_to_spent after insert on ledger for each row execute function add_to_spent();

create table files (
  -- 21 random characters: who knows it may fetch the file, unless the access list says otherwise
  id text primary key,
  kind text not null check (kind in ('upload', 'input', 'output')),
  key_id uuid not null references keys,
  request_id uuid references requests,
  -- name in the object store; null until there is one
  object_key text unique,
  file_name text not null,
  content_type text not null,
  size_bytes bigint,
  state text not null check (state in ('pending', 'ready')),
  -- to everybody but the owner: allow, forbid (403) or hide (404); rules: [{"user", "decision"}]
  access text not null default 'allow' check (access in ('allow', 'forbid', 'hide')),
  access_rules jsonb not null default '[]',
  created_at timestamptz not null default now(),
  -- how long it lives from being ready on; null: kept
  lifetime_seconds double precision,
  -- while pending: when it is given up; null: kept
  expires_at timestamptz,
  check (state = 'pending' or (object_key is not null and size_bytes is not null))
);
create index files_expiring on files (expires_at) where expires_at is not null;
create index files_by_request on files (request_id) where request_id is not null;
create index files_inputs on files (created_at) where kind = 'input';

-- Objects in the store that no ready file names: being written, or to be removed. An object is noted here before its
-- first byte is written and until a file takes it, so that a crash leaves none that nobody knows.
create table loose_objects (
  object_key text primary key,
  remove_at timestamptz not null,
  -- once true, no file can take it any more
  is_being_removed boolean not null default false
);
create index loose_objects_by_time on loose_objects (remove_at);

create table multipart_uploads (
  id text primary key,
  file_id text not null unique references files on delete cascade,
  created_at timestamptz not null default now()
);
create table multipart_parts (
  upload_id text not null references multipart_uploads on delete cascade,
  number integer not null check (number between 1 and 10000),
  -- a loose object until the whole is put together
  object_key text not null,
  etag text not null,
  size_bytes bigint not null,
  primary key (upload_id, number)
);

create table webhook_deliveries (
  id uuid primary key,
  request_id uuid not null unique,
  key_id uuid not null references keys,
  url text not null,
  -- exactly the bytes that are signed and sent
  body text not null,
  state text not null check (state in ('pending', 'delivered', 'failed')),
  -- of the queue, for the next attempt
  job_id uuid not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  -- when the payload was taken out of the body
  forgotten_at timestamptz
);
create index webhook_deliveries_open on webhook_deliveries (created_at) where state = 'pending';
create table webhook_attempts (
  delivery_id uuid not null references webhook_deliveries on delete cascade,
  attempt integer not null,
  at timestamptz not null default now(),
  -- null: no answer
  status_code integer,
  error text,
  seconds double precision not null,
  primary key (delivery_id, attempt)
);
create index webhook_attempts_by_time on webhook_attempts (at);

-- answers of the platform API that are given again for the same Idempotency-Key
create table remembered_answers (
  key_id uuid not null references keys,
  idempotency_key text not null,
  -- method and path, so that one word is not taken for two things
  operation text not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (key_id, idempotency_key)
);
create index remembered_answers_by_time on remembered_answers (created_at);
`;
