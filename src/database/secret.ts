import type { Database } from "./database.js";

/**
 * A secret that all processes share. It is made once, by whoever asks first.
 *
 * @param make - gives a new secret; what it gives is dropped when another process was faster
 */
export async function readSecret(database: Database, name: string, make: () => Buffer): Promise<Buffer> {
  const select = () => database.query<{ value: Buffer }>("select value from secrets where name = $1", [name]);
  const [known] = await select();
  if (known) return known.value;
  await database.query("insert into secrets (name, value) values ($1, $2) on conflict (name) do nothing", [
    name,
    make(),
  ]);
  const [first] = await select();
  if (!first) throw new Error(`The secret ${name} was removed while it was made.`);
  return first.value;
}
