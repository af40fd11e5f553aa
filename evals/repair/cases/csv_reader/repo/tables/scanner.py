def split_line(line, separator=","):
    """The fields of one line; a field in quotes may hold separators and doubled quotes."""
    fields = []
    position = 0
    while True:
        letters = []
        if position < len(line) and line[position] == '"':
            position += 1
            while position < len(line):
                if line[position] == '"':
                    if line[position + 1:position + 2] == '"':
                        letters.append('"')
                        position += 1
                        continue
                    position += 1
                    break
                letters.append(line[position])
                position += 1
        while position < len(line) and line[position] != separator:
            letters.append(line[position])
            position += 1
        fields.append("".join(letters))
        if position >= len(line):
            return fields
        position += 1
