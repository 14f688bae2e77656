# Deux commandes suffisent :
#   make run    installe ce qui manque, puis démarre le callbot (au premier plan)
#   make test   installe ce qui manque, puis vérifie tout
# Toutes deux peuvent être relancées sans risque.

BOOTSTRAP = sh callbot/setup/bootstrap.sh
ARGS =

.PHONY: run setup test test-rapide lint

run:
	@$(BOOTSTRAP) run $(ARGS)

# Installe sans démarrer, par exemple avant de confier le service à systemd.
setup:
	@$(BOOTSTRAP) setup

test:
	@$(BOOTSTRAP) test $(ARGS)

# Sans modèle, sans Rasa, sans téléphone : quelques minutes.
test-rapide:
	@$(BOOTSTRAP) test-rapide $(ARGS)

lint:
	@$(BOOTSTRAP) lint
