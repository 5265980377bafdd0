/** For what has to be there, since something that is there refers to it. */

export async function found<Row>(row: Promise<Row | null>): Promise<Row> {
  const loaded = await row;
  if (loaded === null) throw new Error('A row that another one refers to is gone');
  return loaded;
}
