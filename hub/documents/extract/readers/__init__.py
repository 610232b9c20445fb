"""One reader per family of formats. Each runs in the child: `read(file, report)` hands on what it finds, in
order.
"""
