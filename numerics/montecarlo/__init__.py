"""Trials of an estimator: their seeds, standard errors, executors, and a store from which an interrupted run goes on."""
