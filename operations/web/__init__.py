"""Pages for balancers, monitors and the operator."""
