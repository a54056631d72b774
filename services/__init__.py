"""Local stand-ins and helpers that run Paperpost on one machine.

Broker, mail catcher, sample sources, supervisor.
"""
