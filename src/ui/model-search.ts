/** Which models of a list a few words mean: every word stands somewhere in what the row says. */
export function matching<Model>(models: readonly Model[], words: string, says: (model: Model) => string): Model[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((model) => {
    const text = says(model).toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
