/** The page that greets. */
