import type { ProviderName } from '../providers/model-provider.ts';
import { qualifiedName, type CatalogueModel } from './catalogue-model.ts';

/** The models that one team sees, whether or not it can use them. */
export type TeamCatalogue = {
  readonly models: readonly CatalogueModel[];
  /** By its name, with or without its provider; undefined where none is acceptable. */
  find(name: string, isAcceptable?: (model: CatalogueModel) => boolean): CatalogueModel | undefined;
};

/** Providers write the date of a snapshot behind the name of the model that it is priced as. */
const SNAPSHOT_DATE = /-(\d{4}-\d{2}-\d{2}|\d{8})$/;

/** Where several providers have a model of a name, the first of `preference` is meant. */
export function createTeamCatalogue(
  models: readonly CatalogueModel[],
  preference: readonly ProviderName[],
): TeamCatalogue {
  const rankOf = ({ provider }: CatalogueModel) => preference.indexOf(provider);
  const byPreference = models.toSorted((left, right) => rankOf(left) - rankOf(right));
  const byName = Map.groupBy(byPreference, ({ name }) => name);
  for (const model of models) {
    const name = qualifiedName(model);
    // A proxy may have a model whose own name looks like that of a provider's.
    byName.set(name, [model, ...(byName.get(name) ?? [])]);
  }

  return {
    models,
    find(name, isAcceptable = () => true) {
      const exact = byName.get(name)?.find(isAcceptable);
      if (exact) return exact;
      const date = SNAPSHOT_DATE.exec(name)?.[0];
      if (date === undefined || byName.has(name)) return undefined;
      const dated = byName
        .get(name.slice(0, -date.length))
        ?.find((model) => model.source === 'built_in' && isAcceptable(model));
      return dated && { ...dated, name: dated.name + date };
    },
  };
}
