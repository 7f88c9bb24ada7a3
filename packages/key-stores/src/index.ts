// Front door of @assay/key-stores.
export {};
