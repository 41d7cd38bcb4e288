"""Making a text better, each change shown before it is made.

`passages` finds what may be changed in a text, `mends` what is mended by rule, `improve` asks a model for better
sentences, `kept_facts` refuses those that say something else, `sentence_changes` cuts the rest into changes, `changes`
puts the accepted ones into a text. All of them are pure. `tasks` keeps what was proposed and decided.
"""
