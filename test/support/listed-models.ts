import { idOfName, type ModelId } from '#shared/ids';

/** The id of a built-in model, by its provider and its name. */
export const listedModelId = (name: string) => idOfName<ModelId>(name);
